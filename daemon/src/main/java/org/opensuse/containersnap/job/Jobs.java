package org.opensuse.containersnap.job;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.opensuse.containersnap.job.Turns.Limits;
import org.opensuse.containersnap.journal.Event;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.Cancelled;
import org.opensuse.containersnap.snapshot.Failure.LimitsExceeded;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.Failure.NotCancelable;
import org.opensuse.containersnap.snapshot.Failure.RequestIdInUse;
import org.opensuse.containersnap.snapshot.Failure.Stopping;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The jobs that run, and the last ones that ended, also before the service started.
public final class Jobs implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Jobs.class);

    /// How many ended jobs stay readable.
    static final int KEPT = 50;

    /// How long a stop waits for cancelled jobs to undo their half.
    private static final Duration GRACE = Duration.ofSeconds(10);

    /// How much longer a stop may take from a moment on at which one can't be cancelled yet: [#GRACE] and what the
    /// service does after it.
    private static final Duration EXTENSION = Duration.ofSeconds(40);

    private final NavigableMap<Long, Job> jobs = new TreeMap<>();
    private final Turns turns = new Turns("job", new Limits(8, 64, false), new Limits(2, 8, false));
    private final Claims claims = new Claims();
    private final JobContext context;
    private final Shutdown shutdown;
    private long lastId;

    /// The jobs, with what is kept of earlier ones: what had not ended was interrupted.
    ///
    /// @param errorName what a failure is called on the bus
    /// @param shutdown is told when the service's stop takes longer
    /// @param watch hears of the steps
    public Jobs(
            Clock clock,
            JobListener listener,
            JobRecords records,
            Function<Failure, String> errorName,
            Shutdown shutdown,
            StepWatch watch) {
        this.shutdown = shutdown;
        this.context = new JobContext(clock, listener, records, errorName, watch);
    }

    /// Reads what is kept of jobs of earlier runs; what had not ended was interrupted. The past is no reason not to
    /// start.
    public void recall() {
        for (JobRecord kept : kept()) {
            Job job = new Job(kept, context);
            if (!kept.state().ended()) {
                job.interrupt();
            }
            jobs.put(job.id(), job);
            lastId = Math.max(lastId, job.id());
        }
        forgetOldest();
    }

    private List<JobRecord> kept() {
        try {
            lastId = context.records().highestId();
            return context.records().all();
        } catch (Failure e) {
            log.atWarn().addKeyValue(Key.ERROR, e.line()).log("can't read what is kept of jobs");
            return List.of();
        }
    }

    /// A place for a job, taken before the job is prepared, so that what was prepared surely runs.
    public final class Place implements AutoCloseable {
        private final Turns.Place place;
        private final long startedBy;

        private Place(Turns.Place place, long startedBy) {
            this.place = place;
            this.startedBy = startedBy;
        }

        /// Accepts a job. It runs at once, or when another one of its user has ended.
        ///
        /// @param callerLeft completes when the caller has left
        /// @throws Failure when it can't be recorded; then it was not started
        public Job start(JobRequest request, CompletableFuture<Void> callerLeft, JobWork work)
                throws Failure, InterruptedException {
            Job job = accept(request, startedBy, work);
            if (request.cancelOnDisconnect()) {
                job.cancelWhenCallerLeft(callerLeft);
            }
            place.run(() -> {
                job.runOnce();
                forget();
            });
            return job;
        }

        /// Gives the place back, unless a job was started on it.
        @Override
        public void close() {
            place.close();
        }
    }

    /// Makes a job on a place, or finds that it can't be done.
    @FunctionalInterface
    public interface Starter {
        Job start(Place place) throws Failure, InterruptedException;
    }

    /// Finds the job that a user's request started before, running or ended, or starts it.
    ///
    /// Of calls with the same request ID that come at once one starts the job, and the others wait for it. One that
    /// starts none leaves the ID free. What is found takes no place, and needs nothing to be as it was then.
    ///
    /// @throws RequestIdInUse when the user asked for something else under that ID
    /// @throws LimitsExceeded when the user has too many jobs already
    /// @throws Stopping when the service takes none any more
    public Job findOrStart(JobRequest request, long uid, Starter starter) throws Failure, InterruptedException {
        if (request.id().isEmpty()) {
            return start(uid, starter);
        }
        RequestId id = request.id().get();
        try (Claims.Claim _ = claims.take(uid, id)) {
            Optional<Job> earlier = find(uid, id);
            if (earlier.isEmpty()) {
                return start(uid, starter);
            }
            Job job = earlier.get();
            if (!job.request().equals(request)) {
                throw new RequestIdInUse(id.toString(), job.id(), job.request().what());
            }
            job.about(log.atDebug()).log("asked for again");
            return job;
        }
    }

    private Job start(long uid, Starter starter) throws Failure, InterruptedException {
        try (Place place = new Place(turns.take(uid), uid)) {
            return starter.start(place);
        }
    }

    private Optional<Job> find(long uid, RequestId id) {
        synchronized (jobs) {
            return jobs.descendingMap().values().stream()
                    .filter(job -> job.startedBy() == uid
                            && job.request().id().filter(id::equals).isPresent())
                    .findFirst();
        }
    }

    private Job accept(JobRequest request, long startedBy, JobWork work) throws Failure, InterruptedException {
        Job job;
        synchronized (jobs) {
            // Another store may have been mounted since, or brought back from a backup.
            lastId = Math.max(lastId, context.records().highestId()) + 1;
            job = new Job(lastId, request, startedBy, context, work);
        }
        try {
            Steps.of("accept-job", context.watch())
                    .step("record", () -> context.records().write(job.record()))
                    .run();
        } catch (NoSpace e) {
            throw new NoSpace("begin the " + request.what(), e);
        }
        synchronized (jobs) {
            jobs.put(job.id(), job);
        }
        job.about(log.atInfo()).addKeyValue(Key.EVENT, Event.JOB_STARTED).log("job started");
        context.listener().accepted(job);
        return job;
    }

    private void forget() {
        List<Job> forgotten;
        synchronized (jobs) {
            forgotten = forgetOldest();
        }
        forgotten.forEach(context.listener()::forgotten);
    }

    /// Whether a job has not ended.
    public boolean busy() {
        return turns.busy();
    }

    public Optional<Job> find(long id) {
        synchronized (jobs) {
            return Optional.ofNullable(jobs.get(id));
        }
    }

    /// All jobs that are readable, oldest first.
    public List<Job> all() {
        synchronized (jobs) {
            return List.copyOf(jobs.values());
        }
    }

    /// Cancels what can be cancelled, since the machine shuts down.
    public void cancelForShutdown() {
        cancelAll(Cancelled::byShutdown);
    }

    /// Cancels what can be cancelled and waits until everything has ended, for a bounded time; but for as long
    /// as it takes when one can't be cancelled yet.
    @Override
    public void close() {
        turns.close();
        cancelAll(Cancelled::byStop);
        try {
            while (all().stream().anyMatch(Job::holdsCancel)) {
                shutdown.stopTakes(EXTENSION);
                turns.awaitIdle(GRACE.dividedBy(2));
            }
            if (!turns.awaitEnd(GRACE)) {
                log.warn("jobs still run after {} s", GRACE.toSeconds());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void cancelAll(Function<String, Cancelled> reason) {
        for (Job job : all()) {
            try {
                if (!job.status().state().ended()) {
                    job.cancel(reason);
                }
            } catch (NotCancelable e) {
                job.about(log.atInfo()).addKeyValue(Key.ERROR, e.line()).log("waits for a job");
            }
        }
    }

    /// A job that took long is as new as its end: whoever waited for it has yet to read how it ended.
    private List<Job> forgetOldest() {
        List<Job> ended = jobs.values().stream()
                .filter(job -> job.status().ended().isPresent())
                .sorted(Comparator.comparing(this::age).thenComparingLong(Job::id))
                .toList();
        List<Job> oldest = ended.subList(0, Math.max(0, ended.size() - KEPT));
        for (Job job : oldest) {
            jobs.remove(job.id());
            removeRecord(job);
        }
        return oldest;
    }

    /// A clock that was ahead makes nothing stay for good.
    private Instant age(Job job) {
        Instant ended = job.status().ended().orElseThrow();
        return ended.isAfter(context.clock().instant()) ? Instant.EPOCH : ended;
    }

    private void removeRecord(Job job) {
        try {
            context.records().remove(job.id());
        } catch (Failure e) {
            log.atWarn().addKeyValue(Key.ERROR, e.line()).log("can't remove the record of a job");
        }
    }
}
