package org.opensuse.containersnap.polkit;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.opensuse.containersnap.snapshot.Failure.AccessDenied;
import org.opensuse.containersnap.snapshot.Failure.InteractiveAuthorizationRequired;
import org.opensuse.containersnap.snapshot.Failure.LimitsExceeded;
import org.opensuse.containersnap.snapshot.Quoted;
import org.opensuse.containersnap.wire.BusConnection;
import org.opensuse.containersnap.wire.BusError;
import org.opensuse.containersnap.wire.TypedValue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// [Authority] that asks polkit, with the caller's bus name as the subject. root passes without being asked about.
///
/// polkit is first asked what it knows by itself, which takes milliseconds. Only when a person has to prove who they
/// are, and the caller allows it, it is asked again with that allowed, and the question is open until it is answered,
/// the caller leaves the bus, or the service stops.
public final class PolkitAuthority implements Authority {
    private static final Logger log = LoggerFactory.getLogger(PolkitAuthority.class);

    private static final String POLKIT = "org.freedesktop.PolicyKit1";
    private static final String PATH = "/org/freedesktop/PolicyKit1/Authority";
    private static final String INTERFACE = "org.freedesktop.PolicyKit1.Authority";
    private static final String SIGNATURE = "(sa{sv})sa{ss}us";
    private static final long NO_QUESTION = 0;
    private static final long ALLOW_QUESTION = 1;
    private static final String NO_CANCELLATION = "";

    /// How many questions of one user may be open.
    private static final int MOST_QUESTIONS = 4;

    /// Characters of a name in a question: all of the longest one, since who decides has to see its end too.
    private static final int LONGEST_SHOWN = 4096;

    private final BusConnection connection;
    private final Supplier<? extends Waiting> waiting;
    private final AtomicLong questions = new AtomicLong();
    private final Map<Long, Integer> open = new HashMap<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    /// Asks over a connection.
    ///
    /// @param waiting begins the time in which a call waits for a person
    public PolkitAuthority(BusConnection connection, Supplier<? extends Waiting> waiting) {
        this.connection = connection;
        this.waiting = waiting;
    }

    /// The time in which a call waits for a person.
    @FunctionalInterface
    public interface Waiting extends AutoCloseable {
        @Override
        void close();
    }

    /// What polkit answers.
    ///
    /// @param challenge whether it would be a yes once a person has proved who they are
    /// @param dismissed whether a person declined to
    private record Answer(boolean authorized, boolean challenge, boolean dismissed) {
        private static Answer of(List<Object> reply) {
            List<?> result = (List<?>) reply.getFirst();
            Map<?, ?> details = (Map<?, ?>) result.get(2);
            return new Answer(
                    (Boolean) result.get(0), (Boolean) result.get(1), details.containsKey("polkit.dismissed"));
        }
    }

    @Override
    public void require(Caller caller, Operation operation, Map<String, String> target)
            throws AccessDenied, InteractiveAuthorizationRequired, LimitsExceeded {
        if (caller.root()) {
            return;
        }
        Action action = operation.action();
        Map<String, String> details = new HashMap<>(target);
        // A path may have line breaks and worse, which could make a question look like another one.
        target.forEach((name, text) -> details.put("shown-" + name, Quoted.plain(text, LONGEST_SHOWN)));
        details.put("operation", operation.toString());
        details.put("polkit.message", operation.question());
        Answer answer = check(caller, action, details);
        if (answer.authorized()) {
            return;
        }
        if (!answer.challenge()) {
            throw denied(caller, action, "polkit's action " + action.id() + " does not allow it");
        }
        if (!caller.interactive()) {
            throw new InteractiveAuthorizationRequired("user " + caller.uid() + " may " + action.words()
                    + " only after a password was asked for (polkit's action " + action.id()
                    + "), and the caller does not allow to ask");
        }
        beginQuestion(caller);
        try (Waiting _ = waiting.get()) {
            ask(caller, action, details);
        } finally {
            endQuestion(caller);
        }
    }

    @Override
    public void close() {
        closed.complete(null);
    }

    private Answer check(Caller caller, Action action, Map<String, String> details) throws AccessDenied {
        try (Waiting _ = waiting.get()) {
            return Answer.of(connection.call(
                    POLKIT,
                    PATH,
                    INTERFACE,
                    "CheckAuthorization",
                    SIGNATURE,
                    arguments(caller, action, details, NO_QUESTION, NO_CANCELLATION)));
        } catch (BusError e) {
            throw unreachable(caller, action, e);
        }
    }

    private void ask(Caller caller, Action action, Map<String, String> details) throws AccessDenied {
        String cancellation = "question-" + questions.incrementAndGet();
        CompletableFuture<List<Object>> reply = connection.ask(
                POLKIT,
                PATH,
                INTERFACE,
                "CheckAuthorization",
                SIGNATURE,
                arguments(caller, action, details, ALLOW_QUESTION, cancellation));
        try {
            CompletableFuture.anyOf(reply, caller.left(), closed).get();
            if (caller.left().isDone()) {
                throw denied(caller, action, "the caller left the bus while a person was asked");
            }
            if (closed.isDone()) {
                throw denied(caller, action, "the service stopped while a person was asked");
            }
            judge(caller, action, Answer.of(reply.get()));
        } catch (ExecutionException e) {
            throw unreachable(caller, action, BusError.of(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw denied(caller, action, "the service stopped while a person was asked");
        } finally {
            if (!reply.isDone()) {
                reply.cancel(false);
                CompletableFuture<?> _ =
                        connection.ask(POLKIT, PATH, INTERFACE, "CancelCheckAuthorization", "s", List.of(cancellation));
            }
        }
    }

    private static void judge(Caller caller, Action action, Answer answer) throws AccessDenied {
        if (answer.authorized()) {
            return;
        }
        if (answer.dismissed()) {
            throw denied(caller, action, "the question for a password was dismissed");
        }
        throw denied(
                caller,
                action,
                answer.challenge()
                        ? "a password has to be asked for, and there is no polkit agent that could ask; run it as root, "
                                + "at a terminal or in a desktop session"
                        : "the password was not given or was wrong; try again");
    }

    private static List<Object> arguments(
            Caller caller, Action action, Map<String, String> details, long flags, String cancellation) {
        Map<String, TypedValue> subject = Map.of("name", TypedValue.of(caller.busName()));
        return List.of(List.of("system-bus-name", subject), action.id(), details, flags, cancellation);
    }

    private void beginQuestion(Caller caller) throws LimitsExceeded {
        synchronized (open) {
            int number = open.getOrDefault(caller.uid(), 0);
            if (number >= MOST_QUESTIONS) {
                throw new LimitsExceeded("user " + caller.uid() + " is being asked for a password " + number
                        + " times already, and may not be asked once more; answer one first");
            }
            open.put(caller.uid(), number + 1);
        }
    }

    private void endQuestion(Caller caller) {
        synchronized (open) {
            open.computeIfPresent(caller.uid(), (_, number) -> number == 1 ? null : number - 1);
        }
    }

    private static AccessDenied denied(Caller caller, Action action, String reason) {
        return new AccessDenied("user " + caller.uid() + " may not " + action.words() + ": " + reason);
    }

    private static AccessDenied unreachable(Caller caller, Action action, BusError error) {
        if (caller.left().isDone()) {
            // polkit knows nobody by that name any more. Anybody can have any number of these.
            return denied(caller, action, "the caller left the bus while polkit was asked");
        }
        log.warn("polkit can't be asked error={} words={}", error.name(), error.getMessage());
        return denied(
                caller, action, "polkit can't be asked (" + error.getMessage() + "), and without it only root may");
    }
}
