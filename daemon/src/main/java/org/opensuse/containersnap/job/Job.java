package org.opensuse.containersnap.job;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.opensuse.containersnap.journal.Event;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.Bug;
import org.opensuse.containersnap.snapshot.Failure.Cancelled;
import org.opensuse.containersnap.snapshot.Failure.NotCancelable;
import org.opensuse.containersnap.snapshot.ImageId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// A long operation that was accepted.
public final class Job {
    private static final Logger log = LoggerFactory.getLogger(Job.class);

    /// Keys of a result whose names are images' IDs.
    private static final List<String> IMAGES = List.of("images", "deleted");

    private final long id;
    private final JobType type;
    private final String target;
    private final long startedBy;
    private final Instant started;
    private final Clock clock;
    private final JobListener listener;
    private final JobWork work;
    private final AtomicBoolean begun = new AtomicBoolean();
    private final Rate rate = new Rate();

    /*
     * Cancel and the end of the job race. Both change `status` under this object's monitor: a cancel that finds the job
     * cancelable marks it and interrupts its thread, and from then on pointOfNoReturn() throws; a job that passed
     * pointOfNoReturn() first is no longer cancelable. The interrupt goes out under the monitor too, so that it can't
     * hit the thread after the job let go of it.
     */
    private volatile JobStatus status = JobStatus.queued();
    private boolean cancelAsked;
    private @Nullable Thread thread;

    Job(long id, JobType type, String target, long startedBy, Clock clock, JobListener listener, JobWork work) {
        this.id = id;
        this.type = type;
        this.target = target;
        this.startedBy = startedBy;
        this.started = clock.instant();
        this.clock = clock;
        this.listener = listener;
        this.work = work;
    }

    public long id() {
        return id;
    }

    public JobType type() {
        return type;
    }

    /// What was asked for: a reference, a source, an image.
    public String target() {
        return target;
    }

    /// User ID of the caller.
    public long startedBy() {
        return startedBy;
    }

    public Instant started() {
        return started;
    }

    public JobStatus status() {
        return status;
    }

    /// Tells how far the job is.
    ///
    /// @param phase a keyword of the contract
    /// @param bytesTotal empty as long as it is not known
    public void progress(String phase, long bytesDone, OptionalLong bytesTotal) {
        long bytesPerSecond = rate.after(clock.instant(), bytesDone);
        change(now -> now.moved(phase, bytesDone, bytesTotal, bytesPerSecond));
    }

    /// Enters the part that is not cancelled any more, since it takes milliseconds and then everything is done.
    ///
    /// @throws InterruptedException when a cancel came before
    public void pointOfNoReturn(String phase) throws InterruptedException {
        synchronized (this) {
            if (cancelAsked) {
                throw new InterruptedException("cancelled");
            }
            status = status.uncancelable().moved(phase, status.bytesDone(), status.bytesTotal(), 0);
        }
        listener.changed(this);
    }

    /// Asks the job to end with everything as it was before. A job that has not begun ends now.
    ///
    /// @throws NotCancelable when it ended, or can't be undone any more
    public void cancel() throws NotCancelable {
        synchronized (this) {
            if (status.state().ended()) {
                throw new NotCancelable("job " + id + " can't be cancelled: it has " + status.state() + " already");
            }
            if (!status.cancelable()) {
                throw new NotCancelable("job " + id + " can't be cancelled any more: it is " + status.phase()
                        + ", which ends in a moment");
            }
            cancelAsked = true;
            if (thread != null) {
                thread.interrupt();
            }
        }
        // Its work sees the interrupt before it does anything, and gives back what was reserved for it.
        runOnce();
    }

    /// Runs the job, unless that was done.
    void runOnce() {
        if (begun.compareAndSet(false, true)) {
            run();
            // What is left of a cancel is not meant for what the thread does next.
            Thread.interrupted();
        }
    }

    /// Says in an entry of the journal that it is about this job.
    public LoggingEventBuilder about(LoggingEventBuilder entry) {
        return entry.addKeyValue(Key.JOB, id)
                .addKeyValue(Key.OPERATION, type)
                .addKeyValue(ImageId.isValid(target) ? Key.IMAGE : Key.REFERENCE, target)
                .addKeyValue(Key.CALLER_UID, startedBy);
    }

    private void run() {
        Thread self = Thread.currentThread();
        synchronized (this) {
            thread = self;
            status = status.running();
            if (cancelAsked) {
                self.interrupt();
            }
        }
        listener.changed(this);
        JobStatus end = outcome();
        synchronized (this) {
            thread = null;
            status = end;
        }
        listener.changed(this);
    }

    private JobStatus outcome() {
        try {
            Map<String, List<String>> made = work.run(this);
            succeeded(made);
            return status.succeeded(clock.instant(), made);
        } catch (InterruptedException e) {
            about(log.atInfo()).addKeyValue(Key.EVENT, Event.JOB_CANCELLED).log("job cancelled");
            return status.failed(JobState.CANCELLED, clock.instant(), new Cancelled("the " + type + " of " + target));
        } catch (Failure e) {
            failed(log.atWarn(), e);
            return status.failed(JobState.FAILED, clock.instant(), e);
        } catch (RuntimeException | Error e) {
            Bug bug = new Bug(e);
            failed(log.atError().setCause(e), bug);
            return status.failed(JobState.FAILED, clock.instant(), bug);
        }
    }

    private void succeeded(Map<String, List<String>> made) {
        LoggingEventBuilder entry = about(log.atInfo()).addKeyValue(Key.EVENT, Event.JOB_SUCCEEDED);
        for (String key : IMAGES) {
            for (String image : made.getOrDefault(key, List.of())) {
                if (!image.equals(target)) {
                    entry = entry.addKeyValue(Key.IMAGE, image);
                }
            }
        }
        entry.log("job succeeded");
    }

    private void failed(LoggingEventBuilder entry, Failure why) {
        about(entry)
                .addKeyValue(Key.EVENT, Event.JOB_FAILED)
                .addKeyValue(Key.ERROR, why.line())
                .log("job failed");
    }

    private void change(UnaryOperator<JobStatus> change) {
        synchronized (this) {
            status = change.apply(status);
        }
        listener.changed(this);
    }
}
