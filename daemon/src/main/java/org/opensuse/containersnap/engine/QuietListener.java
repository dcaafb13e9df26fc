package org.opensuse.containersnap.engine;

import java.util.OptionalLong;
import java.util.function.Consumer;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// Of a deletion within another verb, hears just what goes: it has no phases of its own, and no point of no return.
record QuietListener(Consumer<SnapshotId> deletions) implements TransferListener {
    @Override
    public void progress(Phase phase, long bytesDone, OptionalLong bytesTotal) {}

    @Override
    public void pointOfNoReturn(Phase phase) {}

    @Override
    public void created(SnapshotId snapshot) {}

    @Override
    public void deleted(SnapshotId snapshot) {
        deletions.accept(snapshot);
    }
}
