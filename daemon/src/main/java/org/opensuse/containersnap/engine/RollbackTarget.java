package org.opensuse.containersnap.engine;

import java.util.Optional;
import org.opensuse.containersnap.engine.Records.Decision;
import org.opensuse.containersnap.engine.Records.RollbackRecord;
import org.opensuse.containersnap.engine.Records.Unsettled;
import org.opensuse.containersnap.engine.Subvolumes.Identity;
import org.opensuse.containersnap.snapshot.Failure;

/// The subvolume that a rollback chooses, as the record has it and the kernel confirms.
final class RollbackTarget {
    private final Subvolumes subvolumes;
    private final Records records;
    private final LeftImages left;

    RollbackTarget(Subvolumes subvolumes, Records records, LeftImages left) {
        this.subvolumes = subvolumes;
        this.records = records;
        this.left = left;
    }

    /// As it is now; empty when there was no switch yet, and when it is not there any more.
    Optional<Identity> find() throws Failure {
        Optional<Identity> recorded = recorded();
        return recorded.isEmpty() ? Optional.empty() : now(recorded.get());
    }

    /// What a recorded subvolume is now. Another one under its ID is none: the store was copied from another machine.
    Optional<Identity> now(Identity recorded) throws Failure {
        return subvolumes.identify(recorded.id()).filter(found -> found.uuid().equals(recorded.uuid()));
    }

    /// As it was when it was recorded, whether it is there or not.
    Optional<Identity> recorded() throws Failure {
        return lastSwitch().map(RollbackRecord::target);
    }

    private boolean came(Optional<Unsettled> unsettled) throws Failure {
        return unsettled.isEmpty()
                || unsettled.get().chosen() == subvolumes.defaultOfRoot().id();
    }

    /// The record of the last switch, settled; empty when there was none yet, or it was given up.
    Optional<RollbackRecord> lastSwitch() throws Failure {
        Optional<RollbackRecord> record = records.rollback();
        if (record.isEmpty() || came(record.get().unsettled())) {
            return record.map(RollbackRecord::settled);
        }
        return record.get().unsettled().flatMap(Unsettled::before);
    }

    /// What chose what the next boot takes; empty when this service did not, or has no record of it.
    Optional<Decision> decision() throws Failure {
        long next = subvolumes.defaultOfRoot().id();
        return lastSwitch().flatMap(RollbackRecord::decision).filter(decision -> decision.subvolume() == next);
    }

    /// Whether an update chose what the next boot takes.
    boolean updateChose() throws Failure {
        return decision().map(Decision::chooser).filter(Chooser::updates).isPresent();
    }

    /// Ends the record of a switch that ended in the middle.
    void settle() throws Failure {
        Optional<Unsettled> unsettled = records.rollback().flatMap(RollbackRecord::unsettled);
        if (unsettled.isEmpty()) {
            return;
        }
        if (came(unsettled)) {
            left.settle(unsettled.get().leave(), unsettled.get().take());
        }
        write(lastSwitch());
    }

    /// Records it, durable with the next commit.
    void write(Optional<RollbackRecord> record) throws Failure {
        if (record.isPresent()) {
            records.write(record.get());
        } else {
            records.removeRollback();
        }
    }
}
