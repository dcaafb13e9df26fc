package org.opensuse.containersnap.job;

import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.opensuse.containersnap.record.JsonJobRecords;
import org.opensuse.containersnap.record.Sync;
import org.opensuse.containersnap.step.StepWatch;

/// Hears how jobs end.
final class Ends implements JobListener {
    private final BlockingQueue<Job> ended = new LinkedBlockingQueue<>();

    /// Jobs that this hears of.
    Jobs jobs(Path records, Sync sync) {
        return new Jobs(
                Clock.systemUTC(),
                this,
                new JsonJobRecords(records, sync),
                failure -> failure.getClass().getSimpleName(),
                Shutdown.unannounced(),
                StepWatch.NONE);
    }

    /// Waits for the next job that ends.
    Job next() throws InterruptedException {
        return ended.take();
    }

    @Override
    public void accepted(Job job) {}

    @Override
    public void changed(Job job) {
        if (job.status().state().ended()) {
            ended.add(job);
        }
    }

    @Override
    public void forgotten(Job job) {}
}
