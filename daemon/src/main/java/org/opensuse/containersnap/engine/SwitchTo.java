package org.opensuse.containersnap.engine;

import org.opensuse.containersnap.engine.Locks.Held;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.Subvolume;

/// Chooses the snapshot that the next boot takes.
public final class SwitchTo {
    private final Subvolumes subvolumes;
    private final Roots roots;
    private final Locks locks;

    SwitchTo(Subvolumes subvolumes, Roots roots, Locks locks) {
        this.subvolumes = subvolumes;
        this.roots = roots;
        this.locks = locks;
    }

    /// Makes it the default, durable on return: the kernel itself keeps it only with its next commit.
    ///
    /// @return whether it was not the default before
    public boolean snapshot(SnapshotId id) throws Failure, InterruptedException {
        String asked = "switch to " + id;
        try (Held _ = locks.shared(id, asked);
                Held _ = locks.theDefault(asked)) {
            Subvolume root = roots.get(id);
            subvolumes.requireSameFileSystemAsRoot(root.directory());
            boolean different = subvolumes.defaultOfRoot().id() != root.id();
            subvolumes.setDefault(root.directory());
            subvolumes.sync(root.directory());
            return different;
        }
    }
}
