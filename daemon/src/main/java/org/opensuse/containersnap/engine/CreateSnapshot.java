package org.opensuse.containersnap.engine;

import java.util.Optional;
import org.opensuse.containersnap.engine.Locks.Held;
import org.opensuse.containersnap.engine.Records.ImageRecord;
import org.opensuse.containersnap.engine.Records.SnapshotRecord;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.Subvolume;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;

/// Makes a read-write snapshot of a snapshot.
public final class CreateSnapshot {
    private final StoreLayout layout;
    private final Initialise initialise;
    private final Subvolumes subvolumes;
    private final Reserve reserve;
    private final Records records;
    private final Roots roots;
    private final WorkNumbers numbers;
    private final Locks locks;
    private final StepWatch watch;

    CreateSnapshot(
            StoreLayout layout,
            Initialise initialise,
            Subvolumes subvolumes,
            Reserve reserve,
            Records records,
            Roots roots,
            WorkNumbers numbers,
            Locks locks,
            StepWatch watch) {
        this.layout = layout;
        this.initialise = initialise;
        this.subvolumes = subvolumes;
        this.reserve = reserve;
        this.records = records;
        this.roots = roots;
        this.numbers = numbers;
        this.locks = locks;
        this.watch = watch;
    }

    /// Makes the snapshot, durable on return.
    ///
    /// The record is written first, and taking the snapshot waits for the commit that makes both durable: after a
    /// crash there is at most a record without a root, which is dropped at the next start.
    public SnapshotId of(SnapshotId base) throws Failure, InterruptedException {
        try (Draft draft = make(base, false, origin(base))) {
            return draft.record().id();
        }
    }

    /// Makes one for a deployment, durable on return; nobody else comes near it until it is closed.
    ///
    /// @param origin empty for that of the base
    Draft draft(SnapshotId base, Optional<String> origin) throws Failure, InterruptedException {
        return make(base, true, origin.isPresent() ? origin : origin(base));
    }

    /// A new snapshot under its lock.
    record Draft(SnapshotRecord record, Held held) implements AutoCloseable {
        @Override
        public void close() {
            held.close();
        }
    }

    private Draft make(SnapshotId base, boolean deploying, Optional<String> origin)
            throws Failure, InterruptedException {
        try (Held _ = locks.shared(base, "create a snapshot of " + base)) {
            Subvolume source = roots.get(base);
            initialise.store();
            SnapshotId id = numbers.next(base.image());
            SnapshotRecord record = new SnapshotRecord(id, Optional.of(base), origin, false, deploying);
            Held held = locks.exclusive(id, (deploying ? "deploy " : "create ") + id);
            boolean made = false;
            try {
                Steps.of("create-snapshot", watch)
                        .step("record", () -> records.write(record), () -> records.remove(id))
                        .step("snapshot", () -> subvolumes.snapshot(source.directory(), layout.root(id)))
                        .run();
                made = true;
                return new Draft(record, held);
            } finally {
                if (!made) {
                    held.close();
                }
            }
        } catch (NoSpace e) {
            throw new NoSpace("create a snapshot of " + base, e);
        } finally {
            reserve.keep();
        }
    }

    private Optional<String> origin(SnapshotId base) throws Failure {
        Optional<String> recorded = records.snapshot(base).flatMap(SnapshotRecord::origin);
        return recorded.isPresent() ? recorded : records.image(base.image()).flatMap(ImageRecord::origin);
    }
}
