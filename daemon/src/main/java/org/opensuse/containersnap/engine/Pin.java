package org.opensuse.containersnap.engine;

import java.util.Optional;
import org.opensuse.containersnap.engine.Locks.Held;
import org.opensuse.containersnap.engine.Records.SnapshotRecord;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;

/// Has a snapshot kept, or no longer kept.
public final class Pin {
    private final StoreLayout layout;
    private final Initialise initialise;
    private final Subvolumes subvolumes;
    private final Reserve reserve;
    private final Records records;
    private final Roots roots;
    private final Locks locks;
    private final StepWatch watch;

    Pin(
            StoreLayout layout,
            Initialise initialise,
            Subvolumes subvolumes,
            Reserve reserve,
            Records records,
            Roots roots,
            Locks locks,
            StepWatch watch) {
        this.layout = layout;
        this.initialise = initialise;
        this.subvolumes = subvolumes;
        this.reserve = reserve;
        this.records = records;
        this.roots = roots;
        this.locks = locks;
        this.watch = watch;
    }

    /// Sets or removes the pin, durable on return. On a full disk it makes room for the record: a snapshot may
    /// have to be unpinned so that it can be deleted.
    public void set(SnapshotId id, boolean pinned) throws Failure, InterruptedException {
        String asked = (pinned ? "pin " : "unpin ") + id;
        try (Held _ = locks.exclusive(id.image(), asked);
                Held _ = locks.exclusive(id, asked)) {
            roots.get(id);
            initialise.store();
            reserve.release();
            Optional<SnapshotRecord> before = records.snapshot(id);
            SnapshotRecord record = before.orElse(new SnapshotRecord(id, Optional.empty(), Optional.empty(), false));
            Steps.of("pin", watch)
                    .step("record", () -> records.write(record.withPin(pinned)), () -> records.write(record))
                    .step("sync", () -> subvolumes.sync(layout.state()))
                    .run();
        } finally {
            reserve.keep();
        }
    }
}
