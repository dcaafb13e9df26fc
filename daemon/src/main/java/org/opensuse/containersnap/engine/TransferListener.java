package org.opensuse.containersnap.engine;

import java.util.OptionalLong;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// Hears how far a long verb is and what it has done; called on the thread that does it, at most a few times a second.
public interface TransferListener {
    /// Takes note of the state of the transfer.
    ///
    /// @param phase what is done now
    /// @param bytesDone never falls within one transfer
    /// @param bytesTotal empty as long as it is not known
    void progress(Phase phase, long bytesDone, OptionalLong bytesTotal);

    /// Takes note that the rest takes milliseconds and is not cancelled any more.
    ///
    /// @throws InterruptedException when a cancel came before
    void pointOfNoReturn(Phase phase) throws InterruptedException;

    /// Takes note that there is a new snapshot, durably.
    void created(SnapshotId snapshot);

    /// Takes note that a snapshot is gone, durably.
    void deleted(SnapshotId snapshot);

    /// What a long verb does.
    enum Phase {
        CONNECTING,
        DOWNLOADING,
        LOADING,
        STORING,
        VERIFYING,
        SNAPSHOTTING,
        CARRYING_OVER,
        RUNNING_HOOKS,
        SWITCHING,
        DELETING
    }
}
