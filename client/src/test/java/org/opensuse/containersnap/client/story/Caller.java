package org.opensuse.containersnap.client.story;

import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.opensuse.containersnap.client.lab.Conversation;
import org.opensuse.containersnap.client.lab.Person;

/// A person's program that keeps one connection to the bus and calls the service, as many times at once as it likes.
final class Caller implements AutoCloseable {
    private static final Path PROGRAM = Path.of("src/test/resources/bus-caller");
    private static final long SECONDS = 60;

    private final Person person;
    private final Map<String, CompletableFuture<Reply>> waiting = new ConcurrentHashMap<>();
    private final AtomicLong calls = new AtomicLong();
    private final Conversation conversation;

    Caller(Person person) {
        this.person = person;
        this.conversation = new Conversation(person.start(person.lab().inside(PROGRAM)), this::hear);
    }

    /// What came back of a call.
    ///
    /// @param took from the call to the answer, as the program measured it
    /// @param error the name of an error, empty for none
    /// @param text what was returned as GVariant text, or the error's message
    record Reply(Duration took, String error, String text) {
        private static Reply of(List<String> words) {
            return new Reply(
                    Duration.of(Long.parseLong(words.get(1)), ChronoUnit.MICROS),
                    words.get(2).equals("ok") ? "" : words.get(2),
                    words.get(3));
        }

        /// What was returned, of a call that must have worked.
        String ok() {
            if (!error.isEmpty()) {
                throw new AssertionError(line());
            }
            return text;
        }

        /// The first text or path that was returned.
        String value() {
            return ok().replaceFirst("^[^']*'([^']*)'.*$", "$1");
        }

        /// `ok`, or the last part of the error's name and its message.
        String line() {
            return error.isEmpty() ? "ok" : error.substring(error.lastIndexOf('.') + 1) + ": " + text;
        }
    }

    Person person() {
        return person;
    }

    /// Its process ID in the machine.
    String pid() {
        return conversation.first().getFirst();
    }

    /// Calls a method of the manager without allowing that a person is asked.
    Reply call(String method, String... arguments) {
        return await(begin(false, Machine.TOP, "Manager." + method, arguments));
    }

    /// Calls a method of the manager and allows that a person is asked.
    Reply ask(String method, String... arguments) {
        return await(begin(true, Machine.TOP, "Manager." + method, arguments));
    }

    /// Begins to call a method.
    ///
    /// @param interactive whether a person may be asked
    /// @param method below the service's name, such as `Job.Cancel`
    /// @param arguments as GVariant text, see [Bus#text] and [#OPTIONS]
    CompletableFuture<Reply> begin(boolean interactive, String path, String method, String... arguments) {
        String number = Long.toString(calls.incrementAndGet());
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        waiting.put(number, reply);
        String tuple = "(" + String.join(", ", arguments) + (arguments.length == 1 ? ",)" : ")");
        conversation.say(number, interactive ? "interactive" : "plain", path, method, tuple);
        return reply;
    }

    /// The options of a call that has none, as its last argument.
    static final String OPTIONS = "@a{sv} {}";

    static Reply await(CompletableFuture<Reply> reply) {
        return reply.orTimeout(SECONDS, TimeUnit.SECONDS).join();
    }

    /// Leaves the bus, whatever is not answered yet.
    @Override
    public void close() {
        conversation.close();
    }

    private void hear(List<String> words) {
        CompletableFuture<Reply> reply = waiting.remove(words.getFirst());
        if (reply == null) {
            throw new AssertionError("nobody waits for " + words);
        }
        reply.complete(Reply.of(words));
    }
}
