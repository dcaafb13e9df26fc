package org.opensuse.containersnap.bus;

import java.util.Optional;
import org.opensuse.containersnap.engine.Rollback;
import org.opensuse.containersnap.job.Job;
import org.opensuse.containersnap.journal.Event;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.polkit.Caller;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// Tells the journal what became of snapshots, when it is durable, and who is behind it.
///
/// @param callerUid who asked
/// @param job that did it, when it was not done within the call
record SnapshotEvents(long callerUid, Optional<Job> job) {
    private static final Logger log = LoggerFactory.getLogger(SnapshotEvents.class);

    static SnapshotEvents by(Caller caller) {
        return new SnapshotEvents(caller.uid(), Optional.empty());
    }

    static SnapshotEvents of(Job job) {
        return new SnapshotEvents(job.startedBy(), Optional.of(job));
    }

    void created(SnapshotId snapshot) {
        entry(Event.SNAPSHOT_CREATED, snapshot).log("snapshot created");
    }

    void deleted(SnapshotId snapshot) {
        entry(Event.SNAPSHOT_DELETED, snapshot).log("snapshot deleted");
    }

    /// It is what the next boot takes.
    void chosen(SnapshotId snapshot) {
        entry(Event.DEFAULT_CHANGED, snapshot).log("default changed");
    }

    /// The next boot goes back to it; it need not be a snapshot.
    void wentBack(Rollback.Target target) {
        LoggingEventBuilder entry = log.atInfo()
                .addKeyValue(Key.EVENT, Event.ROLLED_BACK)
                .addKeyValue(Key.SUBVOLUME, target.path().isEmpty() ? "/" : target.path());
        if (target.snapshot().isPresent()) {
            entry = entry.addKeyValue(Key.SNAPSHOT, target.snapshot().get());
        }
        entry.addKeyValue(Key.CALLER_UID, callerUid).log("default changed back");
    }

    /// It is booted, and proved itself.
    void blessed(SnapshotId snapshot) {
        entry(Event.TRIAL_PASSED, snapshot).log("trial passed");
    }

    private LoggingEventBuilder entry(Event event, SnapshotId snapshot) {
        LoggingEventBuilder entry = log.atInfo()
                .addKeyValue(Key.EVENT, event)
                .addKeyValue(Key.SNAPSHOT, snapshot)
                .addKeyValue(Key.IMAGE, snapshot.image());
        if (job.isPresent()) {
            entry = entry.addKeyValue(Key.JOB, job.get().id());
        }
        return entry.addKeyValue(Key.CALLER_UID, callerUid);
    }
}
