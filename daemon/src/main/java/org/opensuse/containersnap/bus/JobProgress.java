package org.opensuse.containersnap.bus;

import java.util.Locale;
import java.util.OptionalLong;
import org.opensuse.containersnap.engine.TransferListener;
import org.opensuse.containersnap.job.Job;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// Carries what the engine tells of its progress to the job, in the contract's words, and what it has done to the
/// journal.
record JobProgress(Job job) implements TransferListener {
    @Override
    public void progress(Phase phase, long bytesDone, OptionalLong bytesTotal) {
        job.progress(word(phase), bytesDone, bytesTotal);
    }

    @Override
    public void pointOfNoReturn(Phase phase) throws InterruptedException {
        job.pointOfNoReturn(word(phase));
    }

    @Override
    public void created(SnapshotId snapshot) {
        SnapshotEvents.of(job).created(snapshot);
    }

    @Override
    public void deleted(SnapshotId snapshot) {
        SnapshotEvents.of(job).deleted(snapshot);
    }

    static String word(Phase phase) {
        return phase.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
