package org.opensuse.containersnap.bus;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.opensuse.containersnap.job.Job;
import org.opensuse.containersnap.job.JobListener;
import org.opensuse.containersnap.job.JobState;
import org.opensuse.containersnap.job.JobStatus;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.wire.TypedValue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the bus of jobs: that one came, how far it is, how it ended, that it went.
///
/// A change of state or phase is told at once, mere progress at most five times a second and job.
final class JobAnnouncer implements JobListener {
    private static final Logger log = LoggerFactory.getLogger(JobAnnouncer.class);
    private static final Duration BETWEEN = Duration.ofMillis(200);

    private final ObjectSignals signals;
    private final JobObject objects;
    private final Map<Long, Told> told = new HashMap<>();

    JobAnnouncer(ObjectSignals signals, JobObject objects) {
        this.signals = signals;
        this.objects = objects;
    }

    private record Told(
            Instant when, JobState state, String phase, boolean cancelable, Map<String, TypedValue> properties) {
        private static Told of(Job job, Map<String, TypedValue> properties) {
            JobStatus now = job.status();
            return new Told(Instant.now(), now.state(), now.phase(), now.cancelable(), properties);
        }

        boolean sameStep(Job job) {
            JobStatus now = job.status();
            return state == now.state() && phase.equals(now.phase()) && cancelable == now.cancelable();
        }
    }

    @Override
    public void accepted(Job job) {
        quietly(job, () -> {
            BusObject<Job> object = objects.of(job);
            remember(job, object.readAll());
            signals.added(object);
            signals.manager("JobNew", object.path());
        });
    }

    @Override
    public void changed(Job job) {
        quietly(job, () -> {
            BusObject<Job> object = objects.of(job);
            Map<String, TypedValue> different = takeDifferences(job, object);
            if (!different.isEmpty()) {
                signals.changed(object.path(), object.contract(), different);
            }
        });
    }

    @Override
    public void forgotten(Job job) {
        synchronized (told) {
            told.remove(job.id());
        }
        BusObject<Job> object = objects.of(job);
        signals.removed(object.path(), object.contract());
        signals.manager("JobRemoved", object.path());
    }

    private interface Telling {
        void run() throws Failure, InterruptedException;
    }

    /// A job must not fail because telling of it did.
    private static void quietly(Job job, Telling telling) {
        try {
            telling.run();
        } catch (Failure e) {
            job.about(log.atWarn()).addKeyValue(Key.ERROR, e.line()).log("can't tell of a job");
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void remember(Job job, Map<String, TypedValue> properties) {
        synchronized (told) {
            told.put(job.id(), Told.of(job, properties));
        }
    }

    private Map<String, TypedValue> takeDifferences(Job job, BusObject<Job> object)
            throws Failure, InterruptedException {
        synchronized (told) {
            Told before = told.get(job.id());
            if (before != null && before.sameStep(job) && Instant.now().isBefore(before.when.plus(BETWEEN))) {
                return Map.of();
            }
            Map<String, TypedValue> now = object.readAll();
            Map<String, TypedValue> different = new LinkedHashMap<>(now);
            Map<String, TypedValue> last = before == null ? Map.of() : before.properties;
            last.forEach(different::remove);
            remember(job, now);
            return different;
        }
    }
}
