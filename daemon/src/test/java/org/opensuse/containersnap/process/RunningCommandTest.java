package org.opensuse.containersnap.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RunningCommandTest {
    private static final Duration GRACE = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofSeconds(20);

    private final BlockingQueue<String> output = new LinkedBlockingQueue<>();

    @Test
    void itsOutputIsHandedOnAndItsLastLineKept() throws Exception {
        try (RunningCommand command = shell("echo one; echo two >&2; echo; exit 3")) {
            assertThat(command.awaitEnd(LONG)).isTrue();

            assertThat(output).containsExactly("one", "two", "");
            assertThat(command.lastLine()).isEqualTo("two");
            assertThat(command.ending()).isEqualTo("exited with 3");
        }
    }

    @Test
    void itGetsNothingButItsEnvironmentAndNoInput() throws Exception {
        try (RunningCommand command = shell("cat; export -p")) {
            command.awaitEnd(LONG);

            assertThat(String.join("\n", output))
                    .contains("GIVEN")
                    .doesNotContain("HOME")
                    .doesNotContain("JAVA");
        }
    }

    @Test
    void whenItIsKilledAllThatItSaidIsKnown() throws Exception {
        CountDownLatch dead = new CountDownLatch(1);
        RunningCommand command = shell("printf 'one\\ntwo\\n'; exec sleep 60", line -> {
            output.add(line);
            if (line.equals("one")) {
                await(dead);
            }
        });
        assertThat(output.take()).isEqualTo("one");
        Thread killing = Thread.ofVirtual().start(command::kill);
        while (command.alive()) {
            Thread.onSpinWait();
        }
        dead.countDown();
        killing.join();

        assertThat(output).containsExactly("two");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void itIsAskedToEnd() throws Exception {
        RunningCommand command = shell("trap 'echo asked; exit 0' TERM; echo ready; while :; do sleep 0.05; done");
        assertThat(output.poll(LONG.toSeconds(), TimeUnit.SECONDS)).isEqualTo("ready");

        command.close();

        assertThat(command.alive()).isFalse();
        assertThat(command.awaitEnd(LONG)).isTrue();
        assertThat(command.lastLine()).isEqualTo("asked");
    }

    @Test
    void itIsKilledWithItsDescendantsWhenItDoesNotEnd() throws Exception {
        RunningCommand command = shell("trap '' TERM; sleep 60 & echo $!; wait; while :; do sleep 60; done");
        long child = Long.parseLong(output.poll(LONG.toSeconds(), TimeUnit.SECONDS));

        command.close();

        assertThat(command.ending()).isEqualTo("was killed by signal 9");
        ProcessHandle.of(child)
                .ifPresent(process ->
                        process.onExit().orTimeout(20, TimeUnit.SECONDS).join());
    }

    @Test
    void anInterruptIsKeptWhileItIsEnded() throws Exception {
        RunningCommand command = shell("sleep 60");
        Thread.currentThread().interrupt();

        command.kill();

        assertThat(Thread.interrupted()).isTrue();
        assertThat(command.alive()).isFalse();
    }

    @Test
    void aProgramThatIsNotThereIsRefused() {
        Command command = new Command(Path.of("/nonexistent/tool"), List.of(), Map.of(), Path.of("/"));

        assertThatThrownBy(() -> RunningCommand.start(command, GRACE, output::add))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("/nonexistent/tool");
    }

    private RunningCommand shell(String script) throws IOException {
        return shell(script, output::add);
    }

    private static RunningCommand shell(String script, Consumer<String> reader) throws IOException {
        Command command = new Command(
                Path.of("/bin/sh"), List.of("-c", script), Map.of("PATH", "/usr/bin:/bin", "GIVEN", "1"), Path.of("/"));
        return RunningCommand.start(command, GRACE, reader);
    }
}
