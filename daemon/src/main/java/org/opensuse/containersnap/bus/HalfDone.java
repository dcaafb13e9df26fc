package org.opensuse.containersnap.bus;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/// The operations at work that undo their half when they fail. What they made or took away so far is not told: it may
/// be otherwise in a moment.
final class HalfDone {
    private final Map<Kind, Integer> running = new EnumMap<>(Kind.class);
    private final Set<Kind> met = EnumSet.noneOf(Kind.class);

    enum Kind {
        /// A pull, load or deployment: an image whose root is not taken may go again, and so may the deployment's
        /// snapshot.
        BRINGING,
        /// The deletion of an image: an image that lost its names, or went, may come back.
        DELETING
    }

    synchronized void begin(Kind kind) {
        running.merge(kind, 1, Integer::sum);
        met.add(kind);
    }

    synchronized void end(Kind kind) {
        running.computeIfPresent(kind, (_, count) -> count == 1 ? null : count - 1);
    }

    /// To be called before the objects are read.
    synchronized void beginReading() {
        met.clear();
        met.addAll(running.keySet());
    }

    /// Whether what was read may be half of such an operation, also of one that has ended since.
    synchronized boolean met(Kind kind) {
        return met.contains(kind);
    }
}
