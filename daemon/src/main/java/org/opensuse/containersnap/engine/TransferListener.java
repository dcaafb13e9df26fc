package org.opensuse.containersnap.engine;

import java.util.OptionalLong;

/// Hears how far a transfer is; called on the thread that transfers, at most a few times a second.
@FunctionalInterface
public interface TransferListener {
    /// Takes note of the state of the transfer.
    ///
    /// @param phase what is done now
    /// @param bytesDone never falls within one transfer
    /// @param bytesTotal empty as long as it is not known
    void progress(Phase phase, long bytesDone, OptionalLong bytesTotal);

    /// What a transfer does.
    enum Phase {
        CONNECTING,
        DOWNLOADING,
        LOADING,
        STORING
    }
}
