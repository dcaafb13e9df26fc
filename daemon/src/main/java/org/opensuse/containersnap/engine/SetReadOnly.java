package org.opensuse.containersnap.engine;

import org.opensuse.containersnap.engine.Locks.Held;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.SnapshotInUse;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.Subvolume;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;

/// Makes a snapshot read-only or read-write.
public final class SetReadOnly {
    private final Subvolumes subvolumes;
    private final Roots roots;
    private final Locks locks;
    private final StepWatch watch;

    SetReadOnly(Subvolumes subvolumes, Roots roots, Locks locks, StepWatch watch) {
        this.subvolumes = subvolumes;
        this.roots = roots;
        this.locks = locks;
        this.watch = watch;
    }

    /// Sets the flag, durable on return.
    ///
    /// @param force also make the booted snapshot read-only, which takes effect at once
    public void set(SnapshotId id, boolean readOnly, boolean force) throws Failure, InterruptedException {
        String verb = readOnly ? "make read-only" : "make read-write";
        try (Held _ = locks.exclusive(id, verb + " " + id)) {
            Subvolume root = roots.get(id);
            if (root.readOnly() == readOnly) {
                return;
            }
            if (readOnly && !force && subvolumes.booted().id() == root.id()) {
                throw new SnapshotInUse(
                        id,
                        verb,
                        "the machine runs from it and / would be read-only at once",
                        "force does it all the same");
            }
            Steps.of("set-read-only", watch)
                    .step(
                            "flag",
                            () -> subvolumes.setReadOnly(root.directory(), readOnly),
                            () -> subvolumes.setReadOnly(root.directory(), root.readOnly()))
                    .step("sync", () -> subvolumes.sync(root.directory()))
                    .run();
        }
    }
}
