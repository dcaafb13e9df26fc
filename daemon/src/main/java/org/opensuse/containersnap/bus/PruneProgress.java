package org.opensuse.containersnap.bus;

import java.util.OptionalLong;
import org.opensuse.containersnap.engine.Prune.PruneListener;
import org.opensuse.containersnap.job.Job;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.step.Steps;

/// Carries what a prune tells of its progress to the job, in the contract's words, and what it has done to the journal.
record PruneProgress(Job job) implements PruneListener {
    @Override
    public void planning() {
        job.progress("planning", 0, OptionalLong.empty());
    }

    @Override
    public void deleting(long bytesFreed, long bytesInAll) {
        job.progress("deleting", bytesFreed, OptionalLong.of(bytesInAll));
    }

    @Override
    public void whole(Steps.Action part) throws Failure, InterruptedException {
        job.whole(part);
    }

    @Override
    public void deleted(SnapshotId snapshot) {
        SnapshotEvents.of(job).deleted(snapshot);
    }
}
