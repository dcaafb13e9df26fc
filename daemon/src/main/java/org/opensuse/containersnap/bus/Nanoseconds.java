package org.opensuse.containersnap.bus;

import java.time.Instant;
import java.util.Optional;

/// Times as the bus tells when an image was built.
final class Nanoseconds {
    private static final long A_SECOND = 1_000_000_000;

    private Nanoseconds() {}

    /// Nanoseconds since the epoch; nothing when so many don't fit.
    static Optional<Long> of(Instant when) {
        try {
            return Optional.of(Math.addExact(Math.multiplyExact(when.getEpochSecond(), A_SECOND), when.getNano()));
        } catch (ArithmeticException _) {
            return Optional.empty();
        }
    }
}
