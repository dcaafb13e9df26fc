package org.opensuse.containersnap.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StrayArchivesTest {
    private final Path archive = Path.of("/var/tmp", "oci" + System.nanoTime());

    @AfterEach
    void remove() {
        FileTree.remove(archive);
    }

    @Test
    void aCopyIsFoundByTheFilesThatAProcessHasOpen() throws Exception {
        Path file = Files.createDirectories(archive.resolve("blobs")).resolve("blob");
        Process process =
                new ProcessBuilder("sleep", "60").redirectOutput(file.toFile()).start();
        try {
            assertThat(StrayArchives.of(process.pid())).containsExactly(archive);
        } finally {
            process.destroyForcibly().onExit().join();
        }
        assertThat(StrayArchives.of(process.pid())).isEmpty();

        StrayArchives.remove(archive);

        assertThat(archive).doesNotExist();
    }

    @Test
    void otherFilesAreNotTaken() throws Exception {
        Path file = Files.createTempFile(Path.of("/var/tmp"), "other", "");
        Process process =
                new ProcessBuilder("sleep", "60").redirectOutput(file.toFile()).start();
        try {
            assertThat(StrayArchives.of(process.pid())).isEmpty();
        } finally {
            process.destroyForcibly().onExit().join();
            Files.delete(file);
        }
    }
}
