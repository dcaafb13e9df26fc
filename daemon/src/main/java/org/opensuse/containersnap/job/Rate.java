package org.opensuse.containersnap.job;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/// Bytes per second, averaged over the last seconds. Used by one thread.
final class Rate {
    private static final Duration WINDOW = Duration.ofSeconds(5);

    private final Deque<Sample> samples = new ArrayDeque<>();

    private record Sample(Instant when, long bytes) {}

    /// Takes a count of bytes and gives the rate now.
    long after(Instant now, long bytes) {
        if (!samples.isEmpty() && samples.getLast().bytes > bytes) {
            samples.clear();
        }
        samples.addLast(new Sample(now, bytes));
        while (samples.size() > 2 && samples.getFirst().when.isBefore(now.minus(WINDOW))) {
            samples.removeFirst();
        }
        Sample first = samples.getFirst();
        long millis = Duration.between(first.when, now).toMillis();
        return millis <= 0 ? 0 : (bytes - first.bytes) * 1000 / millis;
    }
}
