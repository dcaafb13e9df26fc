package org.opensuse.containersnap.client.story;

import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/// Waiting for what must become true soon.
final class Await {
    private static final Duration LONGEST = Duration.ofSeconds(60);

    private Await() {}

    /// Looks again and again, and fails when it takes too long.
    ///
    /// @param condition asks a process of the machine, so that looking takes a while by itself
    static void until(String what, BooleanSupplier condition) {
        Instant deadline = Instant.now().plus(LONGEST);
        while (!condition.getAsBoolean()) {
            if (Instant.now().isAfter(deadline)) {
                throw new AssertionError(what + " did not come in " + LONGEST.toSeconds() + " s");
            }
        }
    }
}
