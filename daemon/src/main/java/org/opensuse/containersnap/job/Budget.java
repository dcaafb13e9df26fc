package org.opensuse.containersnap.job;

import java.time.Duration;

/// Processor time that a user may use: a share of one processor's, of which some can be saved up.
///
/// Who does something now and then never notices. Who calls without end gets the share, however much others leave
/// free: what is used is gone for whoever calls in the next moment.
final class Budget {
    private static final double SHARE = 0.1;
    private static final double MOST_NANOS = Duration.ofMillis(500).toNanos();

    private double nanos = MOST_NANOS;
    private long at;

    /// @param now by [System#nanoTime], as everywhere here
    Budget(long now) {
        at = now;
    }

    /// Takes note of time that was used. What was used at once beyond the most is forgiven: nobody waits longer than it
    /// takes to save up that.
    void spend(long usedNanos, long now) {
        grow(now);
        nanos = Math.max(nanos - usedNanos, -MOST_NANOS);
    }

    /// How long it takes until there is some; zero when there is.
    Duration untilSome(long now) {
        grow(now);
        return Duration.ofNanos(nanos > 0 ? 0 : (long) Math.ceil((1 - nanos) / SHARE));
    }

    /// Whether it can be forgotten.
    boolean full(long now) {
        grow(now);
        return nanos >= MOST_NANOS;
    }

    private void grow(long now) {
        nanos = Math.min(MOST_NANOS, nanos + (now - at) * SHARE);
        at = now;
    }
}
