package org.opensuse.containersnap.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensuse.containersnap.podman.StoreLocks.Held;

/// The locks are of a kind that the kernel gives away when the process closes the file anywhere.
class StoreLocksTest {
    private static final String TAKE =
            "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'a'), fcntl.LOCK_EX | fcntl.LOCK_NB)";

    @TempDir
    Path graphRoot;

    private StoreLocks locks;

    @BeforeEach
    void make() throws IOException {
        Files.createDirectory(graphRoot.resolve("btrfs-layers"));
        locks = new StoreLocks(graphRoot);
    }

    private boolean anotherProcessGetsIt() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "/usr/bin/python3",
                        "-c",
                        TAKE,
                        graphRoot.resolve("btrfs-layers/layers.lock").toString())
                .start();
        process.errorReader().transferTo(Writer.nullWriter());
        return process.waitFor() == 0;
    }

    @Test
    void whoHoldsTheLockOfTheLayersKeepsItWhileSomebodyLooksWhetherItIsTaken() throws Exception {
        try (Held _ = locks.takeLayers().orElseThrow()) {
            assertThat(anotherProcessGetsIt()).isFalse();
            Thread.ofPlatform()
                    .start(() -> locks.keepWaiting(ProcessHandle.current().pid()))
                    .join();
            assertThat(anotherProcessGetsIt()).isFalse();
        }
        assertThat(anotherProcessGetsIt()).isTrue();
    }
}
