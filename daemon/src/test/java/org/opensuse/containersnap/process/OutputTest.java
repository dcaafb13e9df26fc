package org.opensuse.containersnap.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class OutputTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private Output run(String script, Duration timeout, int most)
            throws IOException, TimeoutException, InterruptedException {
        return Output.of(
                new Command(Path.of("/bin/sh"), List.of("-c", script), Map.of("PATH", "/usr/bin:/bin"), directory),
                timeout,
                most);
    }

    @Test
    void bothOutputsAreKeptApartAndBytesAsTheyAre() throws Exception {
        Output output = run("cat; printf 'a\\377\\nb'; echo why >&2; exit 3", LONG, 4);

        assertThat(output.status()).isEqualTo(3);
        assertThat(output.out()).containsExactly('a', 0xff, '\n', 'b');
        assertThat(output.error()).isEqualTo("why\n");
    }

    @Test
    void neitherOutputStopsWhoFillsTheOther() throws Exception {
        Output output = run("head -c 300000 /dev/zero; head -c 8000 /dev/zero >&2; echo", LONG, 300001);

        assertThat(output.out()).hasSize(300001);
        assertThat(output.error()).hasSize(8000);
    }

    @Test
    void oneThatPrintsWithoutEndIsKilled() {
        assertThatThrownBy(() -> run("echo $$ >pid; exec cat /dev/zero", LONG, 1000))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("more than 1000 bytes");
        awaitEnd();
    }

    @Test
    void oneThatTakesTooLongIsKilledWithWhatItStarted() {
        assertThatThrownBy(() -> run("sleep 1000 & echo $! >pid; wait", Duration.ofMillis(300), 1000))
                .isInstanceOf(TimeoutException.class);
        awaitEnd();
    }

    @Test
    void anInterruptEndsIt() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                begun.countDown();
                run("echo $$ >pid; exec sleep 1000", LONG, 1000);
                end.complete(new AssertionError("it ended"));
            } catch (IOException | TimeoutException | InterruptedException e) {
                end.complete(e);
            }
        });
        begun.await();
        while (pid().isEmpty()) {
            Thread.onSpinWait();
        }
        thread.interrupt();

        assertThat(end.join()).isInstanceOf(InterruptedException.class);
        awaitEnd();
    }

    @Test
    void aProgramThatIsNotThereIsTold() {
        Command command = new Command(Path.of("/nonexistent/program"), List.of(), Map.of(), directory);

        assertThatThrownBy(() -> Output.of(command, LONG, 1)).isInstanceOf(IOException.class);
    }

    private Optional<ProcessHandle> pid() {
        try {
            String text = Files.readString(directory.resolve("pid")).strip();
            return text.isEmpty() ? Optional.empty() : ProcessHandle.of(Long.parseLong(text));
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    private void awaitEnd() {
        pid().ifPresent(process -> process.onExit().join());
    }
}
