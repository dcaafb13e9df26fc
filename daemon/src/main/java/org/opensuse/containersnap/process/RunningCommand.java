package org.opensuse.containersnap.process;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.opensuse.containersnap.kernel.MountCalls;
import org.opensuse.containersnap.kernel.SystemError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A command that runs until it is stopped. What it prints is drained at once and logged at debug; the last line is
/// kept for error messages.
public final class RunningCommand implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RunningCommand.class);
    private static final int LONGEST_LINE = 4096;
    private static final int LONGEST_LAST_LINE = 1024;
    private static final File NOTHING = new File("/dev/null");
    private static final Duration AFTER_KILL = Duration.ofSeconds(5);
    private static final Duration BETWEEN_KILLS = Duration.ofMillis(20);

    private final Process process;
    private final Duration grace;
    private final Thread drain;
    private volatile String lastLine = "";

    private final Consumer<String> output;

    private RunningCommand(Process process, Duration grace, Consumer<String> output) {
        this.process = process;
        this.grace = grace;
        this.output = output;
        this.drain = Thread.ofVirtual().name("output of " + process.pid()).unstarted(this::drain);
    }

    /// Starts a command with an empty standard input.
    ///
    /// @param grace how long it may take to end after SIGTERM before it is killed
    /// @param output gets each line that it prints, on another thread; of a long one the first 4096 characters
    /// @throws IOException when the program can't be run
    public static RunningCommand start(Command command, Duration grace, Consumer<String> output) throws IOException {
        return drained(start(builder(command).redirectErrorStream(true), command), command, grace, output);
    }

    /// As [#start(Command, Duration, Consumer)], with mounts of its own, which needs privileges.
    ///
    /// @param setup arranges what the command sees
    public static RunningCommand start(Command command, Setup setup, Duration grace, Consumer<String> output)
            throws IOException {
        ProcessBuilder builder = builder(command).redirectErrorStream(true);
        return drained(PrivateMounts.start(builder, setup), command, grace, output);
    }

    /// Starts it with the mounts that the command says.
    static Process start(ProcessBuilder builder, Command command) throws IOException {
        return command.mounts().isEmpty()
                ? builder.start()
                : PrivateMounts.start(builder, () -> bind(command.mounts()));
    }

    private static void bind(Map<Path, Path> mounts) throws SystemError {
        MountCalls calls = new MountCalls();
        for (Map.Entry<Path, Path> mount : mounts.entrySet()) {
            calls.bind(mount.getValue().toString(), mount.getKey().toString());
        }
    }

    private static RunningCommand drained(Process process, Command command, Duration grace, Consumer<String> output) {
        RunningCommand running = new RunningCommand(process, grace, output);
        running.drain.start();
        log.debug("started pid={} command={}", running.pid(), command);
        return running;
    }

    /// How it is started: with nothing of this process's environment, and an empty standard input.
    static ProcessBuilder builder(Command command) {
        ProcessBuilder builder = new ProcessBuilder();
        builder.command().add(command.program().toString());
        builder.command().addAll(command.arguments());
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.putAll(command.environment());
        builder.directory(command.directory().toFile());
        builder.redirectInput(Redirect.from(NOTHING));
        return builder;
    }

    public long pid() {
        return process.pid();
    }

    public boolean alive() {
        return process.isAlive();
    }

    /// What it and all that it started have done so far.
    public Work work() {
        return Work.of(process.toHandle());
    }

    /// The last thing it printed; empty when it printed nothing.
    public String lastLine() {
        return lastLine;
    }

    /// Whether it ended with 0.
    public boolean succeeded() {
        return !alive() && process.exitValue() == 0;
    }

    /// How it ended: `exited with 125` or `was killed by signal 9`.
    public String ending() {
        if (alive()) {
            return "still runs";
        }
        int status = process.exitValue();
        return status > 128 ? "was killed by signal " + (status - 128) : "exited with " + status;
    }

    /// Waits for the end, and for the last of what it printed.
    ///
    /// @return whether it ended in time
    public boolean awaitEnd(Duration timeout) throws InterruptedException {
        return process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS) && drain.join(AFTER_KILL);
    }

    /// Ends it: SIGTERM, the grace period, then [#kill]. An interrupt does not shorten it and is kept.
    @Override
    public void close() {
        List<ProcessHandle> descendants = process.descendants().toList();
        process.toHandle().destroy(); // unlike Process.destroy() it leaves the output open
        if (!awaitUninterruptibly(grace)) {
            kill();
        }
        descendants.forEach(ProcessHandle::destroyForcibly);
    }

    /// Ends it and all that it started with SIGKILL. An interrupt does not shorten it and is kept.
    public void kill() {
        List<ProcessHandle> descendants = process.descendants().toList();
        process.toHandle().destroyForcibly();
        descendants.forEach(ProcessHandle::destroyForcibly);
        if (!awaitUninterruptibly(AFTER_KILL)) {
            log.warn("does not die pid={}", pid());
        }
        awaitOutput();
    }

    /// Ends all that it started with SIGKILL, so that it ends for want of them, as what waits for the first
    /// process of a PID namespace does once that is empty. When it does not, it is killed too. An interrupt
    /// does not shorten this and is kept.
    public void killDescendants() {
        long begin = System.nanoTime();
        while (alive() && System.nanoTime() - begin < AFTER_KILL.toNanos()) {
            // What it is about to start is found in the next round.
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            awaitUninterruptibly(BETWEEN_KILLS);
        }
        kill();
    }

    /// What it said last is known then, too.
    private void awaitOutput() {
        boolean interrupted = Thread.interrupted();
        try {
            if (!drain.join(AFTER_KILL)) {
                log.warn("something else keeps the output open pid={}", pid());
            }
        } catch (InterruptedException _) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean awaitUninterruptibly(Duration timeout) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
                } catch (InterruptedException _) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void drain() {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            Lines lines = new Lines(reader, LONGEST_LINE);
            for (Optional<String> next = lines.next(); next.isPresent(); next = lines.next()) {
                String line = next.get();
                log.debug("pid={} {}", pid(), line);
                output.accept(line);
                if (!line.isBlank()) {
                    lastLine = line.strip().substring(0, Math.min(line.strip().length(), LONGEST_LAST_LINE));
                }
            }
        } catch (IOException e) {
            log.debug("output ended pid={}", pid(), e);
        }
    }
}
