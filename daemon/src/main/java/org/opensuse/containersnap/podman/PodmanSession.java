package org.opensuse.containersnap.podman;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.util.Timeout;
import org.opensuse.containersnap.podman.PodmanHttp.Answer;
import org.opensuse.containersnap.process.Command;
import org.opensuse.containersnap.process.RunningCommand;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.ImageId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A podman process that serves its REST interface for one operation, with a socket and scratch space of its own.
final class PodmanSession implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PodmanSession.class);
    private static final Duration TO_START = Duration.ofSeconds(30);
    private static final Duration TO_STOP = Duration.ofSeconds(2);
    private static final Duration TO_SETTLE = Duration.ofMillis(250);
    private static final Duration TO_FOLLOW = Duration.ofMillis(500);
    private static final Duration POLL = Duration.ofMillis(5);
    private static final Timeout PING = Timeout.ofSeconds(5);

    /// Where podman 4.3 unpacks an oci-archive to read its index, whatever `TMPDIR` says.
    private static final Path TEMPORARY = Path.of("/var/tmp");

    private static final Pattern CONFIG = Pattern.compile("Copying config sha256:([0-9a-f]{64})");

    private final Workspace workspace;
    private final RunningCommand podman;
    private final PodmanHttp http;
    private final Set<ImageId> brought;
    private final Consumer<PodmanSession> ended;

    private PodmanSession(
            Workspace workspace, RunningCommand podman, Set<ImageId> brought, Consumer<PodmanSession> ended) {
        this.workspace = workspace;
        this.podman = podman;
        this.http = new PodmanHttp(workspace.socket());
        this.brought = brought;
        this.ended = ended;
    }

    /// Starts podman and waits until it answers.
    ///
    /// @param ended hears of the end
    static PodmanSession start(
            PodmanSettings settings, Path storageConf, Workspace workspace, Consumer<PodmanSession> ended)
            throws Failure, InterruptedException {
        Set<ImageId> brought = ConcurrentHashMap.newKeySet();
        PodmanSession session =
                new PodmanSession(workspace, launch(settings, storageConf, workspace, brought), brought, ended);
        boolean ready = false;
        try {
            session.awaitReady();
            ready = true;
            return session;
        } finally {
            if (!ready) {
                session.close();
            }
        }
    }

    PodmanHttp http() {
        return http;
    }

    /// The images whose configuration podman read so far, as it prints.
    Set<ImageId> brought() {
        return Set.copyOf(brought);
    }

    /// Sends a request whose answer is short and comes soon.
    ///
    /// @throws StorageFailed when podman is gone or too slow; what it answers is the caller's business
    Answer call(HttpUriRequestBase request, Timeout timeout) throws Failure, InterruptedException {
        try {
            return http.call(request, timeout);
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw (InterruptedException) new InterruptedException().initCause(e);
            }
            throw broken(request.getMethod() + " " + request.getRequestUri(), e);
        }
    }

    /// What to say when the connection broke, which is often a moment before the process ends.
    Failure broken(String doing, IOException cause) throws InterruptedException {
        boolean ended = podman.awaitEnd(TO_FOLLOW);
        String last = podman.lastLine();
        if (Complaint.noSpace(last) || Complaint.noSpace(String.valueOf(cause.getMessage()))) {
            return new NoSpace(doing, cause);
        }
        String state = ended ? "it " + podman.ending() : String.valueOf(cause.getMessage());
        return new StorageFailed(
                "podman failed in " + doing + ": " + state
                        + (last.isEmpty() ? "" : "; its last words: " + Complaint.plain(last)),
                cause);
    }

    /// The bytes of layers in its scratch space, compressed as they came.
    long receivedBytes() {
        long bytes = 0;
        try (DirectoryStream<Path> downloads = Files.newDirectoryStream(workspace.scratch(), "storage*")) {
            for (Path download : downloads) {
                bytes += sizeOfFiles(download);
            }
        } catch (IOException | UncheckedIOException _) {
            return bytes; // podman is taking it away
        }
        return bytes;
    }

    /// The bytes that are free for its scratch space.
    long freeBytes() throws Failure {
        try {
            return Files.getFileStore(workspace.scratch()).getUsableSpace();
        } catch (IOException e) {
            throw new StorageFailed("can't look for free space: " + e.getMessage(), e);
        }
    }

    /// Ends podman after its connection was closed in the middle of a transfer: gives it a moment to take its
    /// temporary files away, the last thing that it does, and kills it with what it unpacks when it goes on. The
    /// next podman deletes the layer that was not complete. An interrupt is kept and ends the waiting.
    void breakOff() {
        long deadline = System.nanoTime() + TO_SETTLE.toNanos();
        while (podman.alive() && !workspace.scratchEmpty() && System.nanoTime() < deadline) {
            try {
                Thread.sleep(POLL);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        kill();
    }

    /// Ends podman at once.
    void kill() {
        http.close();
        podman.kill();
        end();
    }

    @Override
    public void close() {
        http.close();
        podman.close();
        end();
    }

    private void end() {
        workspace.removeSocket();
        ended.accept(this);
    }

    private void awaitReady() throws Failure, InterruptedException {
        long deadline = System.nanoTime() + TO_START.toNanos();
        while (!answers()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (podman.awaitEnd(POLL)) {
                throw new StorageFailed("podman " + podman.ending() + ": " + Complaint.plain(podman.lastLine()), null);
            }
            if (System.nanoTime() > deadline) {
                throw new StorageFailed("podman does not answer after " + TO_START.toSeconds() + " s", null);
            }
        }
    }

    private boolean answers() {
        if (!Files.exists(workspace.socket())) {
            return false;
        }
        try {
            return !http.call(PodmanHttp.libpod("GET", "/_ping"), PING).refused();
        } catch (IOException _) {
            return false;
        }
    }

    private static RunningCommand launch(
            PodmanSettings settings, Path storageConf, Workspace workspace, Set<ImageId> brought) throws Failure {
        if (!Files.isExecutable(settings.program())) {
            throw new StorageFailed("podman is not installed: there is no " + settings.program(), null);
        }
        Map<String, String> environment = new HashMap<>(Map.of(
                "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME", "/root",
                "LC_ALL", "C.UTF-8",
                "TMPDIR", workspace.scratch().toString(),
                "CONTAINERS_STORAGE_CONF", storageConf.toString()));
        environment.putAll(settings.environment());
        List<String> arguments = List.of(
                "--root",
                settings.graphRoot().toString(),
                "--runroot",
                settings.runRoot().toString(),
                "--storage-driver",
                "btrfs",
                "system",
                "service",
                "--time",
                Long.toString(settings.idle().toSeconds()),
                workspace.address());
        Command command = new Command(
                settings.program(), arguments, environment, Path.of("/"), Map.of(TEMPORARY, workspace.scratch()));
        try {
            return RunningCommand.start(command, TO_STOP, line -> note(line, workspace, brought));
        } catch (IOException e) {
            throw new StorageFailed("can't start podman: " + e.getMessage(), e);
        }
    }

    private static void note(String line, Workspace workspace, Set<ImageId> brought) {
        Matcher config = CONFIG.matcher(line);
        if (config.find() && brought.add(new ImageId(config.group(1)))) {
            try {
                workspace.noteBrought(new ImageId(config.group(1)));
            } catch (IOException e) {
                log.warn(
                        "can't write down what podman brings, which is needed when this is killed error={}",
                        e.toString());
            }
        }
    }

    private static long sizeOfFiles(Path directory) throws IOException {
        long bytes = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }
}
