package org.opensuse.containersnap.podman;

import org.jspecify.annotations.Nullable;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;

/// The cause of a failure that a new podman need not meet again: the old one died, hung, or answered what no
/// podman answers.
@SuppressWarnings("serial") // never serialized
final class PodmanLost extends Exception {
    private PodmanLost(@Nullable Throwable cause) {
        super(cause);
    }

    static StorageFailed failure(String line, @Nullable Throwable cause) {
        return new StorageFailed(line, new PodmanLost(cause));
    }

    static boolean caused(StorageFailed failure) {
        return failure.getCause() instanceof PodmanLost;
    }
}
