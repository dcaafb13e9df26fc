package org.opensuse.containersnap.engine;

import java.util.Optional;
import org.opensuse.containersnap.engine.ChooseDefault.Choice;
import org.opensuse.containersnap.engine.ChooseDefault.More;
import org.opensuse.containersnap.engine.Locks.Held;
import org.opensuse.containersnap.engine.Records.SnapshotRecord;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.Busy;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.Subvolume;

/// Chooses the snapshot that the next boot takes.
public final class SwitchTo {
    private final StoreLayout layout;
    private final Subvolumes subvolumes;
    private final Records records;
    private final Roots roots;
    private final ChooseDefault choose;
    private final Decided decided;
    private final Locks locks;

    SwitchTo(
            StoreLayout layout,
            Subvolumes subvolumes,
            Records records,
            Roots roots,
            ChooseDefault choose,
            Decided decided,
            Locks locks) {
        this.layout = layout;
        this.subvolumes = subvolumes;
        this.records = records;
        this.roots = roots;
        this.choose = choose;
        this.decided = decided;
        this.locks = locks;
    }

    /// Makes it the default, durable on return.
    ///
    /// @return whether it was not the default before
    public boolean snapshot(SnapshotId id) throws Failure, InterruptedException {
        return snapshot(id, this::requireWhole, Chooser.SWITCH, steps -> steps);
    }

    private void requireWhole(SnapshotId id) throws Failure {
        if (records.snapshot(id).filter(SnapshotRecord::deploying).isPresent()) {
            throw new Busy(
                    "switch to " + id,
                    "it is half of a deployment that could not be undone, which the next deploy removes, or a start of "
                            + "container-snapd");
        }
    }

    private interface Check {
        void run(SnapshotId id) throws Failure;
    }

    /// Makes what was deployed the default together with something else: both come about or neither.
    ///
    boolean deployed(SnapshotId id, Chooser chooser, More more) throws Failure, InterruptedException {
        return snapshot(id, _ -> {}, chooser, more);
    }

    private boolean snapshot(SnapshotId id, Check check, Chooser chooser, More more)
            throws Failure, InterruptedException {
        String asked = "switch to " + id;
        try (Held _ = locks.shared(id, asked);
                Held _ = locks.theDefault(asked)) {
            Subvolume root = roots.get(id);
            check.run(id);
            if (chooser == Chooser.AUTOMATIC_UPDATE && decided.against(id.image())) {
                throw new Busy(asked, "somebody decided meanwhile what the next boot takes, which stays");
            }
            subvolumes.requireSameFileSystemAsRoot(root.directory());
            return choose.make(
                    new Choice(root.id(), onTrial(id, root), chooser, Optional.empty(), Optional.of(id.image()), more));
        }
    }

    /// In the initrd, only the place of a root tells where its trial is recorded.
    private Optional<SnapshotId> onTrial(SnapshotId id, Subvolume root) {
        return root.directory().equals(layout.root(id)) ? Optional.of(id) : Optional.empty();
    }
}
