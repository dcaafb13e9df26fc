package org.opensuse.containersnap.client.story;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// How long calls took in rounds, every other one of which has a flood.
///
/// Two figures come of it: of all calls, which those few rounds spoil in which the machine is busy with
/// other things; and of each round with a flood against the one before it, in the middle of these pairs,
/// which few calls make uncertain. A service that is unfair shows in both.
final class Latencies {
    private static final double PERCENT_99 = 0.99;
    private static final double NANOS_A_MILLISECOND = 1e6;

    /// Without, with, without, and so on.
    private final List<Round> rounds = new CopyOnWriteArrayList<>();

    private volatile Optional<Round> current = Optional.empty();

    private record Round(Map<String, Queue<Long>> nanos) {
        private Queue<Long> of(String kind) {
            return nanos.computeIfAbsent(kind, _ -> new ConcurrentLinkedQueue<>());
        }
    }

    /// Forgets all rounds.
    void clear() {
        rounds.clear();
    }

    void beginRound() {
        Round round = new Round(new ConcurrentHashMap<>());
        rounds.add(round);
        current = Optional.of(round);
    }

    /// Calls that begin from now on belong to no round.
    void endRound() {
        current = Optional.empty();
    }

    /// A call that begins; what it returns is to be run when it has ended.
    Runnable begin(String kind) {
        Optional<Round> round = current;
        long start = System.nanoTime();
        return () -> round.ifPresent(its -> its.of(kind).add(System.nanoTime() - start));
    }

    /// How many times as long as without a flood 99 of 100 calls took at most, by the lesser of the two figures.
    double timesAsLong(String kind) {
        return Math.min(p99(all(kind, true)) / p99(all(kind, false)), inTheMiddle(kind));
    }

    private double inTheMiddle(String kind) {
        return percentile(
                0.5,
                IntStream.range(0, rounds.size() / 2)
                        .mapToDouble(i -> p99(rounds.get(2 * i + 1).of(kind).stream())
                                / p99(rounds.get(2 * i).of(kind).stream())));
    }

    private Stream<Long> all(String kind, boolean flooded) {
        return IntStream.range(0, rounds.size())
                .filter(i -> (i % 2 == 1) == flooded)
                .boxed()
                .flatMap(i -> rounds.get(i).of(kind).stream());
    }

    /// What there is to say of a kind of calls.
    String line(String kind) {
        return "%s: %d without a flood, p99 %.1f ms; %d with, p99 %.1f ms; %.2f times as long in the middle of %d pairs"
                .formatted(
                        kind,
                        all(kind, false).count(),
                        p99(all(kind, false)),
                        all(kind, true).count(),
                        p99(all(kind, true)),
                        inTheMiddle(kind),
                        rounds.size() / 2);
    }

    private static double p99(Stream<Long> nanos) {
        return percentile(PERCENT_99, nanos.mapToDouble(one -> one / NANOS_A_MILLISECOND));
    }

    private static double percentile(double part, DoubleStream values) {
        double[] sorted = values.toArray();
        Arrays.sort(sorted);
        return sorted[(int) Math.ceil(part * sorted.length) - 1];
    }
}
