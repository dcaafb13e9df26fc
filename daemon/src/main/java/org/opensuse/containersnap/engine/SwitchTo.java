package org.opensuse.containersnap.engine;

import java.util.function.UnaryOperator;
import org.opensuse.containersnap.engine.Locks.Held;
import org.opensuse.containersnap.engine.Records.SnapshotRecord;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.Busy;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.Subvolume;
import org.opensuse.containersnap.step.Steps;

/// Chooses the snapshot that the next boot takes.
public final class SwitchTo {
    private final Subvolumes subvolumes;
    private final Records records;
    private final Roots roots;
    private final ChooseDefault choose;
    private final Locks locks;

    SwitchTo(Subvolumes subvolumes, Records records, Roots roots, ChooseDefault choose, Locks locks) {
        this.subvolumes = subvolumes;
        this.records = records;
        this.roots = roots;
        this.choose = choose;
        this.locks = locks;
    }

    /// Makes it the default, durable on return.
    ///
    /// @return whether it was not the default before
    public boolean snapshot(SnapshotId id) throws Failure, InterruptedException {
        return snapshot(id, this::requireWhole, steps -> steps);
    }

    private void requireWhole(SnapshotId id) throws Failure {
        if (records.snapshot(id).filter(SnapshotRecord::deploying).isPresent()) {
            throw new Busy(
                    "switch to " + id,
                    "it is half of a deployment that could not be undone, which container-snapd removes when it starts");
        }
    }

    private interface Check {
        void run(SnapshotId id) throws Failure;
    }

    /// Makes what was deployed the default together with something else: both come about or neither.
    ///
    /// @param more adds that, as steps that can be undone
    boolean deployed(SnapshotId id, UnaryOperator<Steps> more) throws Failure, InterruptedException {
        return snapshot(id, _ -> {}, more);
    }

    private boolean snapshot(SnapshotId id, Check check, UnaryOperator<Steps> more)
            throws Failure, InterruptedException {
        String asked = "switch to " + id;
        try (Held _ = locks.shared(id, asked);
                Held _ = locks.theDefault(asked)) {
            Subvolume root = roots.get(id);
            check.run(id);
            subvolumes.requireSameFileSystemAsRoot(root.directory());
            return choose.subvolume(root.id(), more);
        }
    }
}
