package org.opensuse.containersnap.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a command printed until it ended.
public final class Output {
    private static final Logger log = LoggerFactory.getLogger(Output.class);
    private static final int MOST_ERROR = 16 << 10;

    private final int status;
    private final byte[] out;
    private final String error;

    private Output(int status, byte[] out, String error) {
        this.status = status;
        this.out = out;
        this.error = error;
    }

    /// Runs a command with an empty standard input. It is killed, with all that it started, when it takes too long,
    /// when it prints too much, and when the thread is interrupted.
    ///
    /// @param most bytes of its standard output
    /// @throws IOException when it can't be run, and when it printed more
    /// @throws TimeoutException when it took too long
    public static Output of(Command command, Duration timeout, int most)
            throws IOException, TimeoutException, InterruptedException {
        Process process = RunningCommand.start(RunningCommand.builder(command), command);
        log.debug("started pid={} command={}", process.pid(), command);
        boolean ended = false;
        try {
            Output output = read(process, timeout, most);
            ended = true;
            return output;
        } finally {
            if (!ended) {
                kill(process);
            }
        }
    }

    private static Output read(Process process, Duration timeout, int most)
            throws IOException, TimeoutException, InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        CompletableFuture<byte[]> printing = beginning(process.getInputStream(), most + 1);
        CompletableFuture<byte[]> complaining = beginning(process.getErrorStream(), MOST_ERROR);
        try {
            byte[] out = printing.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (out.length > most) {
                throw new IOException("it prints more than " + most + " bytes");
            }
            String error = new String(
                    complaining.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS), StandardCharsets.UTF_8);
            if (!process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                throw new TimeoutException();
            }
            return new Output(process.exitValue(), out, error);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }

    private static CompletableFuture<byte[]> beginning(InputStream from, int most) {
        CompletableFuture<byte[]> bytes = new CompletableFuture<>();
        Thread.ofVirtual().name("output of a command").start(() -> {
            try (from) {
                bytes.complete(from.readNBytes(most));
            } catch (IOException e) {
                bytes.completeExceptionally(e);
            }
        });
        return bytes;
    }

    private static void kill(Process process) {
        List<ProcessHandle> descendants = process.descendants().toList();
        process.toHandle().destroyForcibly();
        descendants.forEach(ProcessHandle::destroyForcibly);
    }

    /// How it ended: 0 when it did what it is for.
    public int status() {
        return status;
    }

    /// What it printed to standard output.
    public byte[] out() {
        return out.clone();
    }

    /// The beginning of what it printed to standard error.
    public String error() {
        return error;
    }
}
