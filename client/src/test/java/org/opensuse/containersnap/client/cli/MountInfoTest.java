package org.opensuse.containersnap.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class MountInfoTest {
    private static final String ID = "a".repeat(64);

    static String golden(String name) {
        try (InputStream file = MountInfoTest.class.getResourceAsStream("/mountinfo/" + name + ".txt")) {
            return new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void onAHostItIsTheSubvolume() {
        assertThat(MountInfo.rootOfSlash(golden("host"))).contains("/@/.snapshots/1/snapshot");
    }

    @Test
    void inAChrootItIsTheDirectoryThatWasBindMounted() {
        assertThat(MountInfo.rootOfSlash(golden("chroot"))).contains("/var/lib/container-snap/roots/" + ID + "-work4");
    }

    @Test
    void theMountOnTopCountsAndEscapesAreOpened() {
        assertThat(MountInfo.rootOfSlash(golden("mounted-twice"))).contains("/odd name\\with\tall");
    }

    @Test
    void withoutAMountOnSlashThereIsNothing() {
        assertThat(MountInfo.rootOfSlash("")).isEmpty();
        assertThat(MountInfo.rootOfSlash("\n\nshort line\n")).isEmpty();
        assertThat(MountInfo.rootOfSlash("22 28 0:21 / /proc rw - proc proc rw"))
                .isEmpty();
        assertThat(MountInfo.rootOfSlash("22 28 0:21 /x /")).isEmpty();
    }
}
