package org.opensuse.containersnap.engine;

import java.util.HashMap;
import java.util.Map;
import org.opensuse.containersnap.engine.Records.ImageRecord;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// The numbers N of `<image ID>-work<N>`: each is given once, also when its snapshot is gone.
final class WorkNumbers {
    private final Roots roots;
    private final Records records;

    /// The last N that was given for an image since the start, so that two calls at once get two.
    private final Map<ImageId, Long> given = new HashMap<>();

    WorkNumbers(Roots roots, Records records) {
        this.roots = roots;
        this.records = records;
    }

    /// The ID for a new snapshot of an image.
    SnapshotId next(ImageId image) throws Failure {
        synchronized (given) {
            long last = Math.max(given.getOrDefault(image, 0L), roots.highestWork(image));
            if (last == Long.MAX_VALUE) {
                throw new StorageFailed("no number is left for a snapshot of " + image, null);
            }
            given.put(image, last + 1);
            return new SnapshotId(image, last + 1);
        }
    }

    /// Writes the number of a snapshot down, before the snapshot or its record goes.
    void keep(SnapshotId id) throws Failure {
        synchronized (given) {
            ImageRecord known = records.image(id.image()).orElse(ImageRecord.none(id.image()));
            if (id.work() > known.lastWork()) {
                records.write(known.withLastWork(id.work()));
            }
        }
    }
}
