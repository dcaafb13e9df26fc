package org.opensuse.containersnap.podman;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.jspecify.annotations.Nullable;
import org.opensuse.containersnap.podman.Exchange.Answered;
import org.opensuse.containersnap.podman.Exchange.Broken;
import org.opensuse.containersnap.podman.Exchange.Event;
import org.opensuse.containersnap.podman.Exchange.Line;
import org.opensuse.containersnap.podman.PodmanHttp.Head;
import org.opensuse.containersnap.process.RunningCommand;
import org.opensuse.containersnap.process.Work;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.Quoted;

/// A podman process that serves its REST interface for one operation, with a socket and scratch space of its own.
final class PodmanSession implements AutoCloseable {
    private static final Duration TO_SETTLE = Duration.ofMillis(250);
    private static final Duration TO_FOLLOW = Duration.ofMillis(500);
    private static final Duration POLL = Duration.ofMillis(5);
    private static final Duration TICK = Duration.ofMillis(250);
    private static final Duration FOREVER = Duration.ofDays(1);

    /// Of an answer that is read as a whole; a list of a thousand containers has 1 MB.
    private static final int LONGEST_ANSWER = 8 << 20;

    private final PodmanSettings settings;
    private final StoreLocks locks;
    private final Workspace workspace;
    private final RunningCommand podman;
    private final PodmanHttp http;
    private final Set<ImageId> brought;
    private final Consumer<PodmanSession> ended;

    private PodmanSession(
            PodmanSettings settings,
            Workspace workspace,
            RunningCommand podman,
            Set<ImageId> brought,
            Consumer<PodmanSession> ended) {
        this.settings = settings;
        this.locks = new StoreLocks(settings.graphRoot());
        this.workspace = workspace;
        this.podman = podman;
        this.http = new PodmanHttp(workspace.socket());
        this.brought = brought;
        this.ended = ended;
    }

    /// An answer that came in full.
    record Answer(Head head, String body) {
        boolean refused() {
            return head.refused();
        }

        int status() {
            return head.status();
        }
    }

    /// Starts podman and waits until it answers.
    ///
    /// @param patient whether time in which it waits for another podman does not count
    /// @param ended hears of the end
    /// @throws StorageFailed also when it is too old, before it has done anything
    static PodmanSession start(
            PodmanSettings settings,
            Path storageConf,
            Workspace workspace,
            boolean patient,
            Consumer<PodmanSession> ended)
            throws Failure, InterruptedException {
        Set<ImageId> brought = ConcurrentHashMap.newKeySet();
        PodmanSession session = new PodmanSession(
                settings, workspace, PodmanProgram.launch(settings, storageConf, workspace, brought), brought, ended);
        boolean ready = false;
        try {
            session.awaitReady(patient);
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

    /// Sends a request whose answer is short, and waits for it as long as podman is well.
    ///
    /// @param doing what it is for, such as `list containers`
    /// @throws StorageFailed when podman is lost; what it answers is the caller's business
    Answer call(String doing, HttpUriRequestBase request) throws Failure, InterruptedException {
        StringBuilder body = new StringBuilder();
        return switch (outcome(request, body, FOREVER, watch(doing))) {
            case Answered(Head head) -> new Answer(head, body.toString());
            case Broken(IOException cause) -> throw broken(doing, cause);
            case null, default -> throw nonsense(doing, "nothing for a day", null);
        };
    }

    /// What podman answers, whatever its status, to a question that nothing depends on; nothing when it does
    /// not within the limit.
    String ask(HttpUriRequestBase request, Duration limit) throws Failure, InterruptedException {
        StringBuilder body = new StringBuilder();
        return outcome(request, body, limit, null) instanceof Answered ? body.toString() : "";
    }

    /// Watches podman while it does something.
    Watch watch(String doing) {
        return new Watch(this, doing, settings.limits());
    }

    /// What podman and its children have done so far.
    Work work() {
        return podman.work();
    }

    /// Whether it answers when it is asked whether it is there.
    boolean answers(Duration limit) throws Failure, InterruptedException {
        return outcome(PodmanHttp.ping(), new StringBuilder(), limit, null) instanceof Answered;
    }

    /// Whether it waits for another podman on the same store.
    boolean waitsForAnother() {
        return locks.keepWaiting(podman.pid());
    }

    /// What to say when the connection broke, which is often a moment before the process ends.
    Failure broken(String doing, IOException cause) throws InterruptedException {
        String state = state(Complaint.plain(String.valueOf(cause.getMessage())));
        if (Complaint.noSpace(podman.lastLine()) || Complaint.noSpace(String.valueOf(cause.getMessage()))) {
            return new NoSpace(doing, cause);
        }
        return lost(doing, state, cause);
    }

    /// How podman ended.
    ///
    /// @param otherwise what there is to say when it did not
    String state(String otherwise) throws InterruptedException {
        return podman.awaitEnd(TO_FOLLOW) ? "it " + podman.ending() : otherwise;
    }

    /// What to say when podman answered what no podman answers.
    StorageFailed nonsense(String doing, String answer, @Nullable Throwable cause) {
        return lost(doing, "it answered with " + Complaint.plain(answer), cause);
    }

    /// What to say when podman is of no use any more.
    StorageFailed lost(String doing, String why, @Nullable Throwable cause) {
        String last = podman.lastLine();
        return PodmanLost.failure(
                "podman failed to " + doing + ": " + why
                        + (last.isEmpty() ? "" : "; its last words: " + Complaint.plain(last)),
                cause);
    }

    /// The bytes of layers in its scratch space, compressed as they came.
    long receivedBytes() {
        return workspace.receivedBytes();
    }

    /// The bytes that are free for its scratch space.
    long freeBytes() throws Failure {
        return workspace.freeBytes();
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

    private void awaitReady(boolean patient) throws Failure, InterruptedException {
        Duration limit = settings.limits().toStart();
        long deadline = System.nanoTime() + limit.toNanos();
        String why = "";
        while (true) {
            long left = deadline - System.nanoTime();
            Event pong = Files.exists(workspace.socket())
                    ? outcome(PodmanHttp.ping(), new StringBuilder(), Duration.ofNanos(left), null)
                    : null;
            if (pong instanceof Answered answered) {
                check(answered.head());
                return;
            }
            if (pong instanceof Broken broken) {
                why = ": " + Complaint.plain(String.valueOf(broken.cause().getMessage()));
            }
            if (podman.awaitEnd(POLL)) {
                throw ended();
            }
            if (left <= 0 && patient && waitsForAnother()) {
                deadline = System.nanoTime() + limit.toNanos();
            } else if (left <= 0) {
                throw PodmanLost.failure(
                        "podman does not answer " + Watch.text(limit) + " after its start" + why, null);
            }
        }
    }

    private Failure ended() {
        String last = podman.lastLine();
        return Complaint.noSpace(last)
                ? new NoSpace("run podman", null)
                : PodmanLost.failure("podman " + podman.ending() + ": " + Complaint.plain(last), null);
    }

    private void check(Head head) throws StorageFailed {
        if (head.refused()) {
            throw PodmanLost.failure(
                    "podman can't be used: it answered with HTTP status " + head.status() + " after its start", null);
        }
        String told = head.version().orElse("");
        Optional<PodmanVersion> version = PodmanVersion.parse(told);
        if (version.isEmpty()) {
            throw new StorageFailed(
                    settings.program() + " is of an unknown version (" + Quoted.of(told) + "): podman "
                            + PodmanVersion.OLDEST + " or newer is needed",
                    null);
        }
        if (version.get().compareTo(PodmanVersion.OLDEST) < 0) {
            throw new StorageFailed(
                    settings.program() + " is podman " + Complaint.plain(told) + ": podman " + PodmanVersion.OLDEST
                            + " or newer is needed; update it",
                    null);
        }
    }

    /// How a request ended; null when it did not within the limit.
    ///
    /// @param body gets the answer's lines
    private @Nullable Event outcome(
            HttpUriRequestBase request, StringBuilder body, Duration limit, @Nullable Watch watch)
            throws Failure, InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        Exchange exchange = Exchange.start(http, request);
        Event end = null;
        try {
            long left = limit.toNanos();
            while (end == null && left > 0) {
                if (watch != null) {
                    watch.look();
                }
                Event event = exchange.next(Duration.ofNanos(Math.min(left, TICK.toNanos())))
                        .orElse(null);
                if (event instanceof Line(String text)) {
                    if (body.length() + text.length() > LONGEST_ANSWER) {
                        return new Broken(
                                new IOException("it answered with more than " + LONGEST_ANSWER + " characters"));
                    }
                    body.append(text).append('\n');
                    if (watch != null) {
                        watch.stir();
                    }
                } else {
                    end = event;
                }
                left = deadline - System.nanoTime();
            }
            return end;
        } finally {
            if (end == null) {
                exchange.cancel();
            }
        }
    }
}
