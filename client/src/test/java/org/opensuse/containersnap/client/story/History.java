package org.opensuse.containersnap.client.story;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What one thing of a machine may be at a moment, as far as callers know who were told of changes that they asked for.
///
/// A change happens between its begin and the moment in which it was told, and is there from then on, until another one
/// happens. Moments are those of [System#nanoTime].
final class History<T> {
    private final List<Change> changes = new ArrayList<>();

    /// A thing that begins as this.
    History(T initial) {
        changes.add(new Change(initial, Long.MIN_VALUE));
        changes.getFirst().told(Long.MIN_VALUE);
    }

    /// A change that was asked for.
    final class Change {
        private final T value;
        private final long began;
        private long ended = Long.MAX_VALUE;
        private boolean surely;
        private boolean refused;

        private Change(T value, long began) {
            this.value = value;
            this.began = began;
        }

        /// It was told that it happened.
        void told(long when) {
            synchronized (changes) {
                ended = when;
                surely = true;
            }
        }

        /// It was told that it did not happen. Until then it may have been on its way.
        void refused(long when) {
            synchronized (changes) {
                ended = when;
                refused = true;
            }
        }

        /// Nobody will tell whether it happened; it does not happen after this.
        void lost(long when) {
            synchronized (changes) {
                ended = when;
            }
        }
    }

    /// A change that is asked for after this moment.
    Change begin(T value, long when) {
        Change change = new Change(value, when);
        synchronized (changes) {
            changes.add(change);
        }
        return change;
    }

    /// What the thing may be at some moment in a time.
    Set<T> possible(long from, long to) {
        synchronized (changes) {
            // Whatever ended before the begin of a change that was told by now has been replaced.
            long replaced = Long.MIN_VALUE;
            for (Change change : changes) {
                if (change.surely && change.ended <= from) {
                    replaced = Math.max(replaced, change.began);
                }
            }
            Set<T> possible = new HashSet<>();
            for (Change change : changes) {
                boolean over = change.refused && change.ended <= from;
                if (!over && change.began <= to && change.ended >= replaced) {
                    possible.add(change.value);
                }
            }
            return possible;
        }
    }
}
