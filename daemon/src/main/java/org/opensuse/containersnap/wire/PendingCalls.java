package org.opensuse.containersnap.wire;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.messages.Error;
import org.freedesktop.dbus.messages.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Calls to others that wait for their reply.
///
/// A reply counts when it comes from who was asked, or from the bus, which answers for who is not there. A bus passes
/// on no other; but a policy can have it do so, and a reply can say that somebody is root or that polkit has no
/// objections.
final class PendingCalls {
    private static final Logger log = LoggerFactory.getLogger(PendingCalls.class);
    private static final String BUS = "org.freedesktop.DBus";
    private static final String NOBODY = "";

    private final Map<Long, Pending> pending = new ConcurrentHashMap<>();

    /// Unique names of who has the well-known ones, as the bus told last.
    private final Map<String, String> owners = new ConcurrentHashMap<>();

    private record Pending(String destination, CompletableFuture<List<Object>> answer) {}

    /// Notes a call before it is sent.
    ///
    /// @return what the reply completes; to be cancelled by who does not want it any more
    CompletableFuture<List<Object>> add(long serial, String destination) {
        CompletableFuture<List<Object>> answer = new CompletableFuture<>();
        pending.put(serial, new Pending(destination, answer));
        CompletableFuture<?> _ = answer.whenComplete((_, _) -> pending.remove(serial));
        return answer;
    }

    /// Whether the owner of what is called has to be known, and is not being watched yet.
    boolean beginWatching(String destination) {
        return !destination.startsWith(":")
                && !destination.equals(BUS)
                && owners.putIfAbsent(destination, NOBODY) == null;
    }

    /// Notes who has a name; of names that are not watched nothing.
    void owned(String name, String owner) {
        owners.computeIfPresent(name, (_, _) -> owner);
    }

    /// Takes a reply.
    ///
    /// @param tooLong whether its values were left out
    void complete(Message reply, boolean tooLong) {
        Pending call = pending.get(reply.getReplySerial());
        if (call == null || !mayAnswer(reply.getSource(), call.destination)) {
            log.debug("a reply that nobody waits for sender={}", reply.getSource());
        } else if (tooLong) {
            call.answer.completeExceptionally(
                    new BusError(BUS + ".Error.LimitsExceeded", "the reply of " + call.destination + " is too long"));
        } else {
            complete(call.answer, reply);
        }
    }

    /// Fails all calls.
    void end(BusError error) {
        List.copyOf(pending.values()).forEach(call -> call.answer.completeExceptionally(error));
    }

    private boolean mayAnswer(String sender, String destination) {
        return BUS.equals(sender)
                || destination.equals(sender)
                || (!NOBODY.equals(sender) && sender.equals(owners.get(destination)));
    }

    private static void complete(CompletableFuture<List<Object>> answer, Message reply) {
        try {
            Object[] parameters = reply.getParameters();
            if (reply instanceof Error refusal) {
                String text = parameters != null && parameters.length > 0 && parameters[0] instanceof String words
                        ? words
                        : "no message";
                answer.completeExceptionally(new BusError(refusal.getName(), text));
            } else {
                answer.complete(parameters == null ? List.of() : Values.fromWire(parameters));
            }
        } catch (DBusException | RuntimeException e) {
            answer.completeExceptionally(
                    new BusError(BUS + ".Error.InvalidArgs", "a reply that can't be read: " + e.getMessage()));
        }
    }
}
