package org.opensuse.containersnap.daemon;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;

/// Lets one daemon at a time work on a machine. The kernel gives the lock back when the process ends, however it ends.
final class RunLock implements AutoCloseable {
    private static final Duration TO_END = Duration.ofSeconds(20);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final FileChannel channel;

    private RunLock(FileChannel channel) {
        this.channel = channel;
    }

    /// Takes the lock. Another daemon that is just ending is waited for, since the bus starts a new one as soon as the
    /// old one has given its name back.
    ///
    /// @throws IOException when another daemon has it
    static RunLock take(Path runDirectory) throws IOException, InterruptedException {
        Files.createDirectories(
                runDirectory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path file = runDirectory.resolve("lock");
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        long deadline = System.nanoTime() + TO_END.toNanos();
        while (channel.tryLock() == null) {
            if (System.nanoTime() > deadline) {
                channel.close();
                throw new IOException("another container-snapd runs and has the lock " + file);
            }
            Thread.sleep(LOOK_AGAIN);
        }
        return new RunLock(channel);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
