package org.opensuse.containersnap.client.story;

import java.util.ArrayList;
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
/// Each round with a flood is held against the one before it, and what most of these pairs say counts: so it makes no
/// difference how busy the machine is with other things, nor that it is so for some of the rounds.
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

    /// How many times as long as without a flood 99 of 100 calls took at most, in the middle of all pairs.
    double timesAsLong(String kind) {
        return percentile(
                0.5,
                IntStream.range(0, rounds.size() / 2)
                        .mapToDouble(i -> p99(rounds.get(2 * i + 1).of(kind).stream())
                                / p99(rounds.get(2 * i).of(kind).stream())));
    }

    /// What there is to say of a kind of calls.
    String line(String kind) {
        List<Long> without = new ArrayList<>();
        List<Long> flooded = new ArrayList<>();
        for (int i = 0; i < rounds.size(); i++) {
            (i % 2 == 0 ? without : flooded).addAll(rounds.get(i).of(kind));
        }
        return "%s: %d without a flood, p99 %.1f ms; %d with, p99 %.1f ms; %.2f times as long in the middle of %d pairs"
                .formatted(
                        kind,
                        without.size(),
                        p99(without.stream()),
                        flooded.size(),
                        p99(flooded.stream()),
                        timesAsLong(kind),
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
