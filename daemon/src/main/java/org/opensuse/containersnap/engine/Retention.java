package org.opensuse.containersnap.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// Which snapshots are kept besides those that must be.
///
/// @param keepLast how many of those that create-snapshot made, the last ones
/// @param keepDays all that are younger
/// @param freeBytes how much is to be free, so that no more is deleted than that takes; empty to delete all that is not
///     kept
public record Retention(long keepLast, long keepDays, OptionalLong freeBytes) {
    /// Longer than any system lives, so that sums of times don't overflow.
    public static final long MOST_DAYS = 100_000;

    /// A snapshot that is there.
    ///
    /// @param free whether it may go, as far as the machine is concerned
    record Candidate(SnapshotId id, Instant created, boolean free) {}

    /// What may go, in the order in which it goes: first what create-snapshot made, then images that have no
    /// such snapshot any more, the oldest first of each.
    ///
    /// An image's own snapshot is what its other snapshots are compared with, so it stays as long as one of
    /// them does.
    ///
    /// @param snapshots all there are, the oldest first
    List<SnapshotId> choose(List<Candidate> snapshots, Instant now) {
        Instant youngest = now.minus(Duration.ofDays(keepDays));
        List<Candidate> works =
                snapshots.stream().filter(each -> !each.id().pristine()).toList();
        long before = Math.max(0, works.size() - keepLast);
        List<SnapshotId> go = new ArrayList<>();
        Set<ImageId> needed = new LinkedHashSet<>();
        for (int i = 0; i < works.size(); i++) {
            Candidate work = works.get(i);
            if (i < before && work.free() && !work.created().isAfter(youngest)) {
                go.add(work.id());
            } else {
                needed.add(work.id().image());
            }
        }
        for (Candidate image : snapshots) {
            if (image.id().pristine()
                    && image.free()
                    && !needed.contains(image.id().image())
                    && !image.created().isAfter(youngest)) {
                go.add(image.id());
            }
        }
        return go;
    }

    /// Such as `keep-last=3 keep-days=7`.
    @Override
    public String toString() {
        String kept = "keep-last=" + keepLast + " keep-days=" + keepDays;
        return freeBytes.isEmpty() ? kept : kept + " free-bytes=" + freeBytes.getAsLong();
    }
}
