package org.opensuse.containersnap.bus;

import java.util.Locale;
import java.util.OptionalLong;
import org.opensuse.containersnap.engine.TransferListener;
import org.opensuse.containersnap.job.Job;

/// Carries what the engine tells of its progress to the job, in the contract's words.
record JobProgress(Job job) implements TransferListener {
    @Override
    public void progress(Phase phase, long bytesDone, OptionalLong bytesTotal) {
        job.progress(word(phase), bytesDone, bytesTotal);
    }

    @Override
    public void pointOfNoReturn(Phase phase) throws InterruptedException {
        job.pointOfNoReturn(word(phase));
    }

    private static String word(Phase phase) {
        return phase.name().toLowerCase(Locale.ROOT);
    }
}
