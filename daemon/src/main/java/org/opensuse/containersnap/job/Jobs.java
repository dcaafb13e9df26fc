package org.opensuse.containersnap.job;

import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.opensuse.containersnap.job.Turns.Limits;
import org.opensuse.containersnap.journal.Event;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.LimitsExceeded;
import org.opensuse.containersnap.snapshot.Failure.NotCancelable;
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

    private final NavigableMap<Long, Job> jobs = new TreeMap<>();
    private final Turns turns = new Turns("job", new Limits(8, 64), new Limits(2, 8));
    private final JobContext context;
    private long lastId;

    /// The jobs, with what is kept of earlier ones: what had not ended was interrupted.
    ///
    /// @param errorName what a failure is called on the bus
    /// @param watch hears of the steps
    public Jobs(
            Clock clock,
            JobListener listener,
            JobRecords records,
            Function<Failure, String> errorName,
            StepWatch watch) {
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
        /// @param target what was asked for
        /// @throws Failure when it can't be recorded; then it was not started
        public Job start(JobType type, String target, JobWork work) throws Failure, InterruptedException {
            Job job = accept(type, target, startedBy, work);
            place.run(job::runOnce);
            return job;
        }

        /// Gives the place back, unless a job was started on it.
        @Override
        public void close() {
            place.close();
        }
    }

    /// Takes a place for a job of a user.
    ///
    /// @throws LimitsExceeded when the user has too many jobs already
    /// @throws Stopping when the service takes none any more
    public Place place(long uid) throws LimitsExceeded, Stopping {
        return new Place(turns.take(uid), uid);
    }

    private Job accept(JobType type, String target, long startedBy, JobWork work) throws Failure, InterruptedException {
        Job job;
        synchronized (jobs) {
            lastId++;
            job = new Job(lastId, type, target, startedBy, context, work);
        }
        Steps.of("accept-job", context.watch())
                .step("record", () -> context.records().write(job.record()))
                .run();
        List<Job> forgotten;
        synchronized (jobs) {
            jobs.put(job.id(), job);
            forgotten = forgetOldest();
        }
        job.about(log.atInfo()).addKeyValue(Key.EVENT, Event.JOB_STARTED).log("job started");
        forgotten.forEach(context.listener()::forgotten);
        context.listener().accepted(job);
        return job;
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

    /// Cancels what can be cancelled and waits until everything has ended, for a bounded time.
    @Override
    public void close() {
        turns.close();
        for (Job job : all()) {
            try {
                if (!job.status().state().ended()) {
                    job.stop();
                }
            } catch (NotCancelable e) {
                job.about(log.atInfo()).addKeyValue(Key.ERROR, e.line()).log("waits for a job");
            }
        }
        try {
            if (!turns.awaitEnd(GRACE)) {
                log.warn("jobs still run after {} s", GRACE.toSeconds());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// A job that took long is as new as its end: whoever waited for it has yet to read how it ended.
    private List<Job> forgetOldest() {
        List<Job> ended = jobs.values().stream()
                .filter(job -> job.status().ended().isPresent())
                .sorted(Comparator.comparing(job -> job.status().ended().orElseThrow()))
                .toList();
        List<Job> oldest = ended.subList(0, Math.max(0, ended.size() - KEPT));
        for (Job job : oldest) {
            jobs.remove(job.id());
            try {
                context.records().remove(job.id());
            } catch (Failure e) {
                log.atWarn().addKeyValue(Key.ERROR, e.line()).log("can't remove the record of a job");
            }
        }
        return oldest;
    }
}
