package org.opensuse.containersnap.engine;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// Makes the records agree with the disk, which is the truth, at the start.
public final class Reconcile {
    private final Records records;
    private final Roots roots;
    private final WorkNumbers numbers;

    Reconcile(Records records, Roots roots, WorkNumbers numbers) {
        this.records = records;
        this.roots = roots;
        this.numbers = numbers;
    }

    /// Drops records of snapshots that are not there: a crash between a record and its snapshot, or a deletion.
    ///
    /// @return the IDs whose records were dropped
    public List<SnapshotId> dropRecordsWithoutRoot() throws Failure {
        List<SnapshotId> dropped = new ArrayList<>();
        Set<SnapshotId> recorded = new LinkedHashSet<>(records.snapshots());
        recorded.addAll(records.snapshotsOfOriginal().keySet());
        for (SnapshotId id : recorded) {
            if (roots.find(id).isEmpty()) {
                numbers.keep(id);
                records.remove(id);
                dropped.add(id);
            }
        }
        return dropped;
    }

    /// Writes down which snapshots of the original program belong to which image, as long as the image is there.
    public void recordSnapshotsOfOriginal() throws Failure {
        roots.recordSnapshotsOfOriginal();
    }
}
