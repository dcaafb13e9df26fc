package org.opensuse.containersnap.engine;

import java.util.Optional;
import org.opensuse.containersnap.engine.Records.RollbackRecord;
import org.opensuse.containersnap.engine.Records.Unsettled;
import org.opensuse.containersnap.engine.Subvolumes.Identity;
import org.opensuse.containersnap.snapshot.Failure;

/// The subvolume that a rollback chooses, as the record has it and the kernel confirms.
final class RollbackTarget {
    private final Subvolumes subvolumes;
    private final Records records;

    RollbackTarget(Subvolumes subvolumes, Records records) {
        this.subvolumes = subvolumes;
        this.records = records;
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
        Optional<RollbackRecord> record = records.rollback();
        if (record.isEmpty()) {
            return Optional.empty();
        }
        Optional<Unsettled> unsettled = record.get().unsettled();
        boolean came = unsettled.isEmpty()
                || unsettled.get().chosen() == subvolumes.defaultOfRoot().id();
        return came ? Optional.of(record.get().target()) : unsettled.flatMap(Unsettled::before);
    }

    /// Ends the record of a switch that ended in the middle.
    void settle() throws Failure {
        Optional<RollbackRecord> record = records.rollback();
        if (record.flatMap(RollbackRecord::unsettled).isPresent()) {
            write(recorded());
        }
    }

    /// Records it, durable with the next commit.
    void write(Optional<Identity> target) throws Failure {
        if (target.isPresent()) {
            records.write(new RollbackRecord(target.get(), Optional.empty()));
        } else {
            records.removeRollback();
        }
    }
}
