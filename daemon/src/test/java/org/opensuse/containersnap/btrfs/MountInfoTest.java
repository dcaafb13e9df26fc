package org.opensuse.containersnap.btrfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MountInfoTest {
    /// Recorded on a machine whose / and /var/lib/container-snap are subvolumes of one file system.
    private static final MountInfo MOUNTS = MountInfo.parse(List.of(
            "30 1 0:27 /@ / rw,relatime shared:1 - btrfs /dev/loop0 rw,space_cache=v2,subvolid=256,subvol=/@",
            "31 30 0:27 /@container-snap /var/lib/container-snap rw,relatime - btrfs /dev/loop0 rw,subvolid=257",
            "32 30 0:40 / /srv/with\\040space rw - ext4 /dev/loop1 rw",
            "33 30 0:41 / /tmp rw - tmpfs tmpfs rw",
            "34 33 0:42 / /tmp rw master:1 propagate_from:2 - ramfs ramfs rw",
            "garbage"));

    @Test
    void subvolumesOfOneFileSystemHaveOneDevice() {
        MountInfo.Mount root = MOUNTS.covering(Path.of("/etc")).orElseThrow();
        MountInfo.Mount state =
                MOUNTS.covering(Path.of("/var/lib/container-snap/roots")).orElseThrow();

        assertThat(state.device()).isEqualTo(root.device()).isEqualTo("0:27");
        assertThat(state.point()).hasToString("/var/lib/container-snap");
    }

    @Test
    void theMountOnTopCounts() {
        assertThat(MOUNTS.covering(Path.of("/tmp/x")).orElseThrow().type()).isEqualTo("ramfs");
    }

    @Test
    void aNameThatOnlyBeginsLikeAMountPointIsNotBelowIt() {
        assertThat(MOUNTS.covering(Path.of("/var/lib/container-snap-2"))
                        .orElseThrow()
                        .point())
                .hasToString("/");
    }

    @Test
    void escapedCharactersOfMountPointsAreRead() {
        assertThat(MOUNTS.covering(Path.of("/srv/with space/x")).orElseThrow().type())
                .isEqualTo("ext4");
    }

    @ParameterizedTest
    @CsvSource({
        "'rw,compress=zstd:3,subvol=/', true",
        "'rw,compress-force=lzo',       true",
        "'rw,compress',                 true",
        "'rw,compress=no',              false",
        "'rw,compress=none,ssd',        false",
        "'rw,ssd,subvol=/compress',     false",
        "'rw,space_cache=v2',           false",
    })
    void compressionIsAnOptionOfTheMount(String options, boolean compressing) {
        MountInfo mounts = MountInfo.parse(List.of("30 1 0:27 / / rw,relatime shared:1 - btrfs /dev/loop0 " + options));

        assertThat(mounts.covering(Path.of("/")).orElseThrow().compressing()).isEqualTo(compressing);
    }
}
