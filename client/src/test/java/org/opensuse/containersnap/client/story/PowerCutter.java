package org.opensuse.containersnap.client.story;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.opensuse.containersnap.client.lab.Conversation;
import org.opensuse.containersnap.client.lab.DiskCopy;
import org.opensuse.containersnap.client.lab.Lab;

/// A program of root that keeps one connection to the bus, calls the service, and copies the machine's disk in the
/// moment in which it hears an answer, or at any other one.
final class PowerCutter implements AutoCloseable {
    private static final Path PROGRAM = Path.of("src/test/resources/power-cutter");
    private static final long SECONDS = 180;

    /// How a job "ends" whose end nobody tells, because the service was killed.
    static final String GONE = "gone";

    private final Map<String, Told> told = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<Boolean>> copied = new ConcurrentHashMap<>();
    private final AtomicLong requests = new AtomicLong();
    private final Conversation conversation;

    PowerCutter(Lab lab) {
        this.conversation = new Conversation(lab.start(lab.inside(PROGRAM), lab.diskInside()), this::hear);
    }

    /// What is told of a call: its reply, and of a job that it started, the end.
    record Told(CompletableFuture<Reply> reply, CompletableFuture<End> end) {
        /// What was returned, of a call that must have worked.
        String ok() {
            Reply now = await(reply);
            if (!now.error().isEmpty()) {
                throw new AssertionError(now.error() + ": " + now.text());
            }
            return now.text();
        }

        /// The first text or path that was returned.
        String value() {
            return ok().replaceFirst("^[^']*'([^']*)'.*$", "$1");
        }
    }

    /// What came back of a call.
    ///
    /// @param heard by [System#nanoTime]
    /// @param error the name of an error, empty for none
    /// @param text what was returned as GVariant text, or the error's message
    record Reply(long heard, String error, String text) {}

    /// How a job ended.
    ///
    /// @param heard by [System#nanoTime]
    /// @param state the last one of the job, or [#GONE]
    /// @param error the name of the job's error, empty for none
    /// @param text the error's message
    record End(long heard, String state, String error, String text) {}

    /// Calls a method.
    ///
    /// @param method below the service's name, such as `Job.Cancel`
    /// @param arguments as GVariant text, see [Bus#text] and [Caller#OPTIONS]
    Told call(String path, String method, String... arguments) {
        return call(Optional.empty(), path, method, arguments);
    }

    /// Calls a method; the disk is copied when the reply is there, and again when the job ends that was started.
    Told call(DiskCopy copy, String path, String method, String... arguments) {
        return call(Optional.of(copy), path, method, arguments);
    }

    /// Copies the disk now.
    void copy(DiskCopy copy) {
        String number = Long.toString(requests.incrementAndGet());
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        copied.put(number, done);
        conversation.say("copy", number, copy.path());
        await(done);
    }

    static <T> T await(CompletableFuture<T> future) {
        return future.orTimeout(SECONDS, TimeUnit.SECONDS).join();
    }

    /// Leaves the bus, whatever is not answered yet.
    @Override
    public void close() {
        conversation.close();
    }

    private Told call(Optional<DiskCopy> copy, String path, String method, String... arguments) {
        String number = Long.toString(requests.incrementAndGet());
        Told promised = new Told(new CompletableFuture<>(), new CompletableFuture<>());
        told.put(number, promised);
        String tuple = "(" + String.join(", ", arguments) + (arguments.length == 1 ? ",)" : ")");
        conversation.say("call", number, copy.map(DiskCopy::path).orElse(""), path, method, tuple);
        return promised;
    }

    private void hear(List<String> words) {
        long now = System.nanoTime();
        String number = words.get(1);
        switch (words.getFirst()) {
            case "reply" -> waiting(told, number).reply().complete(new Reply(now, words.get(2), words.get(3)));
            case "end" -> waiting(told, number).end().complete(new End(now, words.get(2), words.get(3), words.get(4)));
            case "copied" -> waiting(copied, number).complete(true);
            default -> throw new AssertionError("what is " + words);
        }
    }

    private static <T> T waiting(Map<String, T> requests, String number) {
        T request = requests.get(number);
        if (request == null) {
            throw new AssertionError("nobody waits for an answer to " + number);
        }
        return request;
    }
}
