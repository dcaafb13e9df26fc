package org.opensuse.containersnap.polkit;

import java.util.concurrent.CompletableFuture;
import org.opensuse.containersnap.snapshot.User;

/// Who asks, as the bus vouches for it.
///
/// @param busName the unique name of the caller's connection
/// @param user whom the connection belongs to
/// @param interactive whether the caller allows that a person is asked
/// @param left completes when the caller has left the bus
public record Caller(String busName, User user, boolean interactive, CompletableFuture<Void> left) {
    public boolean root() {
        return user.root();
    }

    public long uid() {
        return user.id();
    }
}
