package org.opensuse.containersnap.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryWatchTest {
    /// More than the kernel's queue and the JDK's hold for one directory.
    private static final int MANY = 20_000;

    @TempDir
    private Path top;

    private final Semaphore told = new Semaphore(0);
    private Path outer = Path.of("");
    private Path inner = Path.of("");
    private DirectoryWatch watch = DirectoryWatch.of(List.of(Path.of("/")));

    @BeforeEach
    void begin() {
        watch.close();
        outer = top.resolve("outer");
        inner = outer.resolve("inner");
        watch = DirectoryWatch.of(List.of(top, outer, inner));
    }

    @AfterEach
    void end() {
        watch.close();
    }

    private void assertTold() throws InterruptedException {
        assertThat(told.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
    }

    /// Changes something and waits until it was told; what came before was told before.
    private void assertTells(Change change) throws IOException, InterruptedException {
        told.drainPermits();
        change.make();
        assertTold();
    }

    private interface Change {
        void make() throws IOException;
    }

    @Test
    void whatHappensBeforeTheBeginningIsToldThen() throws IOException, InterruptedException {
        Files.createDirectory(outer);
        watch.begin(told::release);

        assertTold();
    }

    @Test
    void directoriesAreWatchedFromWhenTheyAreThere() throws IOException, InterruptedException {
        watch.begin(told::release);

        assertTells(() -> Files.createDirectory(outer));
        assertTells(() -> Files.createDirectory(inner));
        assertTells(() -> Files.createFile(inner.resolve("file")));
        assertTells(() -> Files.delete(inner.resolve("file")));
    }

    @Test
    void aFileThatTakesTheNameOfAnotherIsTold() throws IOException, InterruptedException {
        Files.createDirectories(inner);
        Files.createFile(inner.resolve("file"));
        Path other = Files.createFile(top.resolve("other"));
        watch = DirectoryWatch.of(List.of(inner));
        watch.begin(told::release);

        assertTells(() -> Files.move(other, inner.resolve("file"), StandardCopyOption.ATOMIC_MOVE));
    }

    @Test
    void aDirectoryThatWasReplacedIsWatched() throws IOException, InterruptedException {
        Files.createDirectories(inner);
        watch.begin(told::release);

        assertTells(() -> Files.move(outer, top.resolve("away")));
        assertTells(() -> Files.createDirectories(inner));
        assertTells(() -> Files.createFile(inner.resolve("file")));
    }

    @Test
    void aDirectoryThatWasDeletedAndMadeAgainIsWatched() throws IOException, InterruptedException {
        Files.createDirectories(inner);
        watch.begin(told::release);

        for (int i = 0; i < 3; i++) {
            assertTells(() -> {
                Files.delete(inner);
                Files.delete(outer);
            });
            assertTells(() -> Files.createDirectories(inner));
            assertTells(() -> Files.createFile(inner.resolve("file")));
            assertTells(() -> Files.delete(inner.resolve("file")));
        }
    }

    @Test
    void aBurstIsToldFewTimesAndWhatComesAfterItToo() throws IOException, InterruptedException {
        Files.createDirectories(inner);
        watch.begin(told::release);

        long began = System.nanoTime();
        assertTells(() -> {
            for (int i = 0; i < MANY; i++) {
                Files.delete(Files.createFile(inner.resolve("file" + i)));
            }
        });
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
        assertThat(told.availablePermits()).isLessThanOrEqualTo((int) (seconds + 1) * 10);

        assertTells(() -> Files.createFile(inner.resolve("last")));
    }
}
