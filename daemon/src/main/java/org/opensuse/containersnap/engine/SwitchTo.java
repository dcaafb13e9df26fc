package org.opensuse.containersnap.engine;

import org.opensuse.containersnap.engine.Locks.Held;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.Subvolume;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;

/// Chooses the snapshot that the next boot takes.
public final class SwitchTo {
    private final Subvolumes subvolumes;
    private final Roots roots;
    private final Locks locks;
    private final StepWatch watch;

    SwitchTo(Subvolumes subvolumes, Roots roots, Locks locks, StepWatch watch) {
        this.subvolumes = subvolumes;
        this.roots = roots;
        this.locks = locks;
        this.watch = watch;
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
            long before = subvolumes.defaultOfRoot().id();
            // Asked through the root itself: a confined daemon sees / mounted read-only, which the kernel refuses.
            Steps.of("switch", watch)
                    .step(
                            "default",
                            () -> subvolumes.setDefault(root.directory(), root.id()),
                            () -> subvolumes.setDefault(root.directory(), before))
                    .step("sync", () -> subvolumes.sync(root.directory()))
                    .run();
            return before != root.id();
        }
    }
}
