package org.opensuse.containersnap.job;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.opensuse.containersnap.snapshot.Failure.NotCancelable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The jobs that run, and the last ones that ended.
public final class Jobs implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Jobs.class);

    /// How many ended jobs stay readable.
    static final int KEPT = 50;

    /// How long a stop waits for cancelled jobs to undo their half.
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final NavigableMap<Long, Job> jobs = new TreeMap<>();
    private final ExecutorService threads =
            Executors.newCachedThreadPool(Thread.ofPlatform().name("job-", 1).factory());
    private final Clock clock;
    private final JobListener listener;
    private long lastId;

    public Jobs(Clock clock, JobListener listener) {
        this.clock = clock;
        this.listener = listener;
    }

    /// Accepts a job and starts it.
    ///
    /// @param target what was asked for
    /// @param startedBy user ID of the caller
    public Job start(JobType type, String target, long startedBy, JobWork work) {
        Job job;
        List<Job> forgotten;
        synchronized (jobs) {
            lastId++;
            job = new Job(lastId, type, target, startedBy, clock, listener);
            jobs.put(lastId, job);
            forgotten = forgetOldest();
        }
        log.info("job started id={} operation={} target={} uid={}", job.id(), type, target, startedBy);
        forgotten.forEach(listener::forgotten);
        listener.accepted(job);
        threads.execute(() -> job.run(work));
        return job;
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
        threads.shutdown();
        for (Job job : all()) {
            try {
                if (!job.status().state().ended()) {
                    job.cancel();
                }
            } catch (NotCancelable e) {
                log.info("waiting for job id={}: {}", job.id(), e.line());
            }
        }
        try {
            if (!threads.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("jobs still run after {} s", GRACE.toSeconds());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private List<Job> forgetOldest() {
        List<Job> ended = new ArrayList<>(jobs.values().stream()
                .filter(job -> job.status().state().ended())
                .toList());
        List<Job> oldest = List.copyOf(ended.subList(0, Math.max(0, ended.size() - KEPT)));
        oldest.forEach(job -> jobs.remove(job.id()));
        return oldest;
    }
}
