package org.opensuse.containersnap.bus;

import java.nio.file.Path;
import java.util.OptionalLong;
import org.opensuse.containersnap.engine.Update;
import org.opensuse.containersnap.job.Job;
import org.opensuse.containersnap.job.JobStatus;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// Carries what a deployment tells of its progress to the job, in the contract's words, and what it has done to the
/// journal.
///
/// @param whole what it tells as any job does
/// @param hooks what hooks print
/// @param afterCheck run when it is known what a registry has
record DeployProgress(Job job, JobProgress whole, HookReport hooks, Runnable afterCheck) implements Update.Listener {
    static DeployProgress of(Job job) {
        return of(job, () -> {});
    }

    static DeployProgress of(Job job, Runnable afterCheck) {
        return new DeployProgress(job, new JobProgress(job), new HookReport(), afterCheck);
    }

    @Override
    public void checked() {
        afterCheck.run();
    }

    @Override
    public void progress(Phase phase, long bytesDone, OptionalLong bytesTotal) {
        whole.progress(phase, bytesDone, bytesTotal);
    }

    @Override
    public void pointOfNoReturn(Phase phase) throws InterruptedException {
        whole.pointOfNoReturn(phase);
    }

    @Override
    public void begins(Phase phase) {
        JobStatus now = job.status();
        job.progress(JobProgress.word(phase), now.bytesDone(), now.bytesTotal());
    }

    @Override
    public void defer(Phase phase) throws InterruptedException {
        job.deferCancel();
        begins(phase);
    }

    @Override
    public void failing() {
        job.failing();
    }

    @Override
    public void heed() throws InterruptedException {
        job.heedCancel();
    }

    @Override
    public void begins(Path hook, int number, int count, boolean cancelable) throws InterruptedException {
        if (cancelable) {
            job.heedCancel();
        } else {
            job.holdCancel();
        }
        hooks.begins(hook, number, count, cancelable);
    }

    @Override
    public void line(Path hook, String line) {
        hooks.line(hook, line);
    }

    @Override
    public void created(SnapshotId snapshot) {
        whole.created(snapshot);
    }

    @Override
    public void deleted(SnapshotId snapshot) {
        whole.deleted(snapshot);
    }
}
