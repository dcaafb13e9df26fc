package org.opensuse.containersnap.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalStreamTest {
    @TempDir
    private Path directory;

    @Test
    void theVariableMustNameTheFileItself() throws IOException {
        Path file = Files.createFile(directory.resolve("stderr"));
        Path link = Files.createSymbolicLink(directory.resolve("2"), file);
        Object device = Files.getAttribute(file, "unix:dev");
        Object inode = Files.getAttribute(file, "unix:ino");

        assertThat(JournalStream.is(device + ":" + inode, link)).isTrue();
        assertThat(JournalStream.is(device + ":" + inode, directory)).isFalse();
        assertThat(JournalStream.is(inode + ":" + device, link)).isFalse();
        assertThat(JournalStream.is("", link)).isFalse();
        assertThat(JournalStream.is(device + ":" + inode, directory.resolve("closed")))
                .isFalse();
    }
}
