package org.opensuse.containersnap.job;

import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.opensuse.containersnap.job.JobRecord.JobError;
import org.opensuse.containersnap.journal.Event;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.Bug;
import org.opensuse.containersnap.snapshot.Failure.Cancelled;
import org.opensuse.containersnap.snapshot.Failure.Interrupted;
import org.opensuse.containersnap.snapshot.Failure.NotCancelable;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.step.Steps;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// A long operation that was accepted.
public final class Job {
    private static final Logger log = LoggerFactory.getLogger(Job.class);

    /// Keys of a result whose names are images' IDs.
    private static final List<String> IMAGES = List.of("images", "deleted");

    private final long id;
    private final JobRequest request;
    private final long startedBy;
    private final Instant started;
    private final JobContext context;
    private final JobWork work;
    private final AtomicBoolean begun = new AtomicBoolean();
    private final Rate rate = new Rate();
    private final CompletableFuture<Void> end = new CompletableFuture<>();

    /*
     * Cancel and the end of the job race. Both change `status` under this object's monitor: a cancel that finds the job
     * cancelable marks it and interrupts its thread, and from then on pointOfNoReturn() throws; a job that passed
     * pointOfNoReturn() first is no longer cancelable. The interrupt goes out under the monitor too, so that it can't
     * hit the thread after the job let go of it.
     */
    private volatile JobStatus status = JobStatus.queued();
    private boolean cancelAsked;
    private boolean holdsCancel;
    private boolean heldCancel;
    private volatile boolean wantsShutdown;
    private Function<String, Cancelled> cancelled = Cancelled::new;
    private @Nullable Thread thread;

    Job(long id, JobRequest request, long startedBy, JobContext context, JobWork work) {
        this.id = id;
        this.request = request;
        this.startedBy = startedBy;
        this.started = context.clock().instant();
        this.context = context;
        this.work = work;
    }

    /// A job of an earlier run of the service.
    Job(JobRecord kept, JobContext context) {
        this.id = kept.id();
        this.request = kept.request();
        this.startedBy = kept.startedBy();
        this.started = kept.started();
        this.context = context;
        this.work = _ -> JobResult.NONE;
        this.begun.set(true);
        this.end.complete(null);
        this.status = JobStatus.of(kept);
    }

    /// What is kept of the job as it is.
    JobRecord record() {
        return record(status);
    }

    private JobRecord record(JobStatus of) {
        return new JobRecord(
                id,
                request,
                startedBy,
                started,
                of.state(),
                of.phase(),
                of.bytesDone(),
                of.bytesTotal(),
                of.ended(),
                of.error(),
                of.result());
    }

    /// Ends a job of an earlier run that had not ended.
    void interrupt() {
        Interrupted why = new Interrupted("the " + request.what(), status.phase());
        JobStatus end = status.interrupted(context.clock().instant(), context.error(why));
        keep(end);
        status = end;
        about(log.atWarn())
                .addKeyValue(Key.EVENT, Event.JOB_INTERRUPTED)
                .addKeyValue(Key.ERROR, why.line())
                .log("job interrupted");
    }

    public long id() {
        return id;
    }

    /// What was asked for.
    public JobRequest request() {
        return request;
    }

    public JobType type() {
        return request.type();
    }

    /// What it is about: a reference, a source, an image.
    public String target() {
        return request.target();
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
        long bytesPerSecond = rate.after(context.clock().instant(), bytesDone);
        change(now -> now.moved(phase, bytesDone, bytesTotal, bytesPerSecond));
    }

    /// Enters the part that is not cancelled any more, since it takes milliseconds and then everything is done.
    ///
    /// @throws InterruptedException when a cancel came before
    public void pointOfNoReturn(String phase) throws InterruptedException {
        synchronized (this) {
            checkNotCancelled();
            status = status.cancelable(false).moved(phase, status.bytesDone(), status.bytesTotal(), 0);
        }
        note();
        context.listener().changed(this);
    }

    /// Does a part that a cancel waits for, instead of interrupting it.
    ///
    /// @throws InterruptedException when a cancel came, before it or meanwhile
    public void whole(Steps.Action part) throws Failure, InterruptedException {
        deferCancel();
        try {
            part.run();
        } finally {
            synchronized (this) {
                thread = Thread.currentThread();
            }
        }
        heedCancel();
    }

    /// Has a cancel wait until [#heedCancel], instead of interrupting the thread.
    ///
    /// @throws InterruptedException when a cancel came before
    public synchronized void deferCancel() throws InterruptedException {
        checkNotCancelled();
        thread = null;
    }

    /// Has a cancel wait until [#heedCancel], and a shutdown and a stop of the service, too: what comes would
    /// be worse half done than either way.
    ///
    /// @throws InterruptedException when a cancel came before
    public void holdCancel() throws InterruptedException {
        synchronized (this) {
            checkNotCancelled();
            thread = null;
            holdsCancel = true;
            heldCancel = true;
            status = status.cancelable(false);
        }
        context.listener().changed(this);
    }

    /// Has a cancel interrupt this thread again.
    ///
    /// @throws InterruptedException when one came meanwhile
    public void heedCancel() throws InterruptedException {
        boolean held;
        synchronized (this) {
            held = holdsCancel;
            holdsCancel = false;
            checkNotCancelled();
            thread = Thread.currentThread();
            if (held) {
                status = status.cancelable(true);
            }
        }
        if (held) {
            context.listener().changed(this);
        }
    }

    /// Enters the part in which the job itself has the machine shut down: that is not refused any more, but waits until
    /// it
    /// is told how the job ended.
    ///
    /// @throws InterruptedException when a cancel came before
    public void wantShutdown(String phase) throws InterruptedException {
        wantsShutdown = true;
        pointOfNoReturn(phase);
    }

    boolean wantsShutdown() {
        return wantsShutdown;
    }

    /// Takes note that what was done is undone now: nothing must come to its end any more.
    public synchronized void failing() {
        holdsCancel = false;
    }

    /// Whether it does what would be worse half done than either way.
    synchronized boolean holdsCancel() {
        return holdsCancel && !status.state().ended();
    }

    private void checkNotCancelled() throws InterruptedException {
        if (cancelAsked) {
            throw new InterruptedException("cancelled");
        }
    }

    /// Asks the job to end with everything as it was before. A job that has not begun ends now.
    ///
    /// @throws NotCancelable when it ended, or can't be undone any more
    public void cancel() throws NotCancelable {
        cancel(Cancelled::new);
    }

    /// As [#cancel()], for a reason of its own.
    ///
    /// @param why says of something that it was cancelled; that of the first who asked counts
    void cancel(Function<String, Cancelled> why) throws NotCancelable {
        synchronized (this) {
            if (status.state().ended()) {
                throw new NotCancelable(
                        "job " + id + " can't be cancelled: it has ended already, as " + status.state());
            }
            if (!status.cancelable() && !holdsCancel) {
                throw new NotCancelable("job " + id + " can't be cancelled any more: it is " + status.phase()
                        + ", which ends in a moment");
            }
            // Once: what is half done is undone after it, in peace.
            if (!cancelAsked) {
                cancelAsked = true;
                cancelled = why;
                if (thread != null) {
                    thread.interrupt();
                }
            }
        }
        // Its work sees the interrupt before it does anything, and gives back what was reserved for it.
        runOnce();
    }

    /// Cancels the job when its caller leaves, or before it begins when the caller has left already.
    ///
    /// @param left completes when the caller has left, on a thread that must not wait
    void cancelWhenCallerLeft(CompletableFuture<Void> left) {
        if (left.isDone()) {
            callerLeft();
            return;
        }
        // A caller may stay for long and start many jobs. The end of this one takes away what is waiting here.
        CompletableFuture<?> _ = CompletableFuture.anyOf(left, end).thenRun(() -> {
            if (!end.isDone()) {
                Thread.ofPlatform().name("caller-left").start(this::callerLeft);
            }
        });
    }

    private void callerLeft() {
        try {
            cancel(Cancelled::byLeaving);
        } catch (NotCancelable e) {
            about(log.atDebug()).addKeyValue(Key.ERROR, e.line()).log("the caller left too late to cancel the job");
        }
    }

    /// Runs the job, unless that was done.
    void runOnce() {
        if (begun.compareAndSet(false, true)) {
            run();
        }
    }

    /// Says in an entry of the journal that it is about this job.
    public LoggingEventBuilder about(LoggingEventBuilder entry) {
        return entry.addKeyValue(Key.JOB, id)
                .addKeyValue(Key.OPERATION, type())
                .addKeyValue(ImageId.isValid(target()) ? Key.IMAGE : Key.REFERENCE, target())
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
        note();
        context.listener().changed(this);
        JobStatus how = outcome();
        synchronized (this) {
            thread = null;
        }
        // From here on nobody can interrupt it; and its end is told when it is durable.
        Thread.interrupted();
        keep(how);
        status = how;
        context.listener().changed(this);
        end.complete(null);
    }

    private JobStatus outcome() {
        Clock clock = context.clock();
        try {
            JobResult made = work.run(this);
            succeeded(made);
            return status.succeeded(clock.instant(), made);
        } catch (InterruptedException e) {
            return cancelled(clock, e);
        } catch (Failure e) {
            if (byCancel(e)) {
                return cancelled(clock, e);
            }
            failed(log.atWarn(), e);
            return status.failed(JobState.FAILED, clock.instant(), whatFailed(e));
        } catch (RuntimeException | Error e) {
            Bug bug = new Bug(e);
            failed(log.atError().setCause(e), bug);
            return status.failed(JobState.FAILED, clock.instant(), whatFailed(bug));
        }
    }

    /// Of one with several parts it is said which one failed; of each, what could not be undone.
    private JobError whatFailed(Failure why) {
        JobError error = context.error(why);
        Optional<Failure> notUndone = Steps.notUndone(why);
        String line = error.line();
        if (type() == JobType.DEPLOY || type() == JobType.UPDATE) {
            line = "the " + request.what() + " failed while " + status.phase() + undone(notUndone) + ": " + line;
        }
        if (notUndone.isPresent()) {
            line += "; " + left(notUndone.get());
        }
        return new JobError(error.name(), line, error.data());
    }

    private JobStatus cancelled(Clock clock, Exception by) {
        Cancelled why = whyCancelled(Steps.notUndone(by));
        about(log.atInfo())
                .addKeyValue(Key.EVENT, Event.JOB_CANCELLED)
                .addKeyValue(Key.ERROR, why.line())
                .log("job cancelled");
        return status.failed(JobState.CANCELLED, clock.instant(), context.error(why));
    }

    /// An interrupt makes what reads or writes at that moment fail, each in its own way.
    private synchronized boolean byCancel(Failure failure) {
        return cancelAsked
                && Stream.iterate((Throwable) failure, Objects::nonNull, Throwable::getCause)
                        .anyMatch(cause -> cause instanceof ClosedByInterruptException
                                || cause instanceof InterruptedIOException
                                || cause instanceof InterruptedException);
    }

    private synchronized String undone(Optional<Failure> notUndone) {
        if (notUndone.isPresent()) {
            return "";
        }
        return heldCancel ? " and is undone, but for what hooks changed outside of its snapshot" : " and is undone";
    }

    private static String left(Failure notUndone) {
        return "not all of it could be undone, which the next start of container-snapd tries again: "
                + notUndone.line();
    }

    private synchronized Cancelled whyCancelled(Optional<Failure> notUndone) {
        Cancelled why = cancelled.apply("the " + request.what());
        if (notUndone.isPresent()) {
            return why.leaving(left(notUndone.get()));
        }
        if (heldCancel) {
            return why.leaving("its snapshot is gone, what hooks changed outside of it stays");
        }
        return type() == JobType.PRUNE ? why.leaving("what it had deleted is gone, the rest is kept") : why;
    }

    private void succeeded(JobResult made) {
        LoggingEventBuilder entry = about(log.atInfo()).addKeyValue(Key.EVENT, Event.JOB_SUCCEEDED);
        for (String key : IMAGES) {
            for (String image : made.list(key)) {
                if (!image.equals(target())) {
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
        boolean otherPhase;
        synchronized (this) {
            JobStatus before = status;
            status = change.apply(before);
            otherPhase = !status.phase().equals(before.phase());
        }
        if (otherPhase) {
            note();
        }
        context.listener().changed(this);
    }

    /// Keeps how far the job is, for the case that the service does not come to its end. Not worth failing for.
    private void note() {
        try {
            context.records().note(record(status));
        } catch (Failure e) {
            about(log.atWarn()).addKeyValue(Key.ERROR, e.line()).log("can't write down how far a job is");
        }
    }

    /// What the job did is on disk; that its end can't be recorded does not change how it ended.
    private void keep(JobStatus end) {
        try {
            Steps.of("end-job", context.watch())
                    .step("record", () -> context.records().write(record(end)))
                    .run();
        } catch (Failure e) {
            about(log.atWarn()).addKeyValue(Key.ERROR, e.line()).log("can't write down how a job ended");
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
