package org.opensuse.containersnap.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Another connection to the bus, from its first call until it leaves.
public final class Peer {
    private final String name;
    private final CompletableFuture<Credentials> credentials;
    /// Grows by a link for each call, so that they go on in their order; what is done is let go of.
    private CompletableFuture<Void> inOrder;

    private final CompletableFuture<Void> left = new CompletableFuture<>();

    /// @param answer of the bus's GetConnectionCredentials
    Peer(String name, CompletableFuture<List<Object>> answer) {
        this.name = name;
        this.credentials = answer.thenApply(values -> Credentials.of((Map<?, ?>) values.getFirst()));
        this.inOrder = credentials.thenAccept(_ -> {});
    }

    /// Whom a connection belongs to, as the kernel told the bus when it was made.
    ///
    /// @param uid user ID
    /// @param groups all group IDs, the user's own among them; empty when the bus does not tell
    public record Credentials(long uid, List<Long> groups) {
        private static Credentials of(Map<?, ?> entries) {
            Object uid = value(entries, "UnixUserID");
            if (uid == null) {
                throw new IllegalArgumentException("the bus does not tell the user");
            }
            List<Long> groups = new ArrayList<>();
            if (value(entries, "UnixGroupIDs") instanceof List<?> ids) {
                ids.forEach(id -> groups.add((Long) id));
            }
            return new Credentials((Long) uid, List.copyOf(groups));
        }

        private static @Nullable Object value(Map<?, ?> entries, String key) {
            return entries.get(key) instanceof TypedValue entry ? entry.value() : null;
        }
    }

    /// The unique name, such as `:1.42`, which the bus gives once.
    public String name() {
        return name;
    }

    /// Fails when the connection left before the bus was asked.
    public CompletableFuture<Credentials> credentials() {
        return credentials;
    }

    /// Runs something as soon as it is known whose connection this is, in the order of these calls; never when the
    /// connection left before. To be called on the reading thread only.
    public void whenKnown(Consumer<Credentials> action) {
        inOrder = inOrder.thenRun(() -> action.accept(credentials.join()));
    }

    /// Completes when the connection has left the bus.
    public CompletableFuture<Void> left() {
        return left;
    }

    void leave() {
        left.complete(null);
    }
}
