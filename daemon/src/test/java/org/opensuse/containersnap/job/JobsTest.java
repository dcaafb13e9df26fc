package org.opensuse.containersnap.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.Bug;
import org.opensuse.containersnap.snapshot.Failure.Cancelled;
import org.opensuse.containersnap.snapshot.Failure.LimitsExceeded;
import org.opensuse.containersnap.snapshot.Failure.NotBtrfs;
import org.opensuse.containersnap.snapshot.Failure.NotCancelable;
import org.opensuse.containersnap.snapshot.Failure.Stopping;

@Timeout(20)
class JobsTest {
    private static final long UID = 1000;

    private final BlockingQueue<Job> ended = new LinkedBlockingQueue<>();
    private final BlockingQueue<Job> forgotten = new LinkedBlockingQueue<>();
    private final Jobs jobs = new Jobs(Clock.systemUTC(), new JobListener() {
        @Override
        public void accepted(Job job) {}

        @Override
        public void changed(Job job) {
            if (job.status().state().ended()) {
                ended.add(job);
            }
        }

        @Override
        public void forgotten(Job job) {
            forgotten.add(job);
        }
    });

    @AfterEach
    void close() {
        jobs.close();
    }

    private Job start(JobWork work) {
        try (Jobs.Place place = jobs.place(UID)) {
            return place.start(JobType.PULL, "docker://a.b/c:1", work);
        } catch (LimitsExceeded | Stopping e) {
            throw new IllegalStateException(e);
        }
    }

    private Job next() throws InterruptedException {
        return ended.poll(10, TimeUnit.SECONDS);
    }

    @Test
    void aJobThatWorksSucceedsWithItsResult() throws InterruptedException {
        start(_ -> Map.of("images", List.of("x")));

        Job job = next();
        assertThat(job.status().state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(job.status().result()).containsEntry("images", List.of("x"));
        assertThat(job.status().progress()).contains(1.0);
        assertThat(job.status().ended()).isPresent();
        assertThat(job.startedBy()).isEqualTo(UID);
    }

    @Test
    void aJobThatFailsKeepsItsFailure() throws InterruptedException {
        start(_ -> {
            throw new NotBtrfs("no btrfs");
        });

        assertThat(next().status().failure().map(Failure::line)).contains("no btrfs");
    }

    @Test
    void aBugWithoutAMessageStillEndsTheJobWithOneLine() throws InterruptedException {
        start(_ -> {
            throw new NullPointerException();
        });

        JobStatus status = next().status();
        assertThat(status.state()).isEqualTo(JobState.FAILED);
        assertThat(status.failure().orElseThrow()).isInstanceOf(Bug.class);
        assertThat(status.failure().orElseThrow().line()).startsWith("internal error");
    }

    @Test
    void cancelInterruptsTheJob() throws InterruptedException, NotCancelable {
        CountDownLatch running = new CountDownLatch(1);
        Job job = start(_ -> {
            running.countDown();
            new CountDownLatch(1).await();
            return Map.of();
        });
        running.await();
        job.cancel();

        assertThat(next().status().state()).isEqualTo(JobState.CANCELLED);
        assertThat(job.status().failure().orElseThrow()).isInstanceOf(Cancelled.class);
        assertThatThrownBy(job::cancel).isInstanceOf(NotCancelable.class).hasMessageContaining("has cancelled already");
    }

    @Test
    void aJobPastThePointOfNoReturnIsNotCancelable() throws InterruptedException {
        CountDownLatch past = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Job job = start(running -> {
            running.pointOfNoReturn("snapshotting");
            past.countDown();
            goOn.await();
            return Map.of();
        });
        past.await();

        assertThat(job.status().cancelable()).isFalse();
        assertThatThrownBy(job::cancel).isInstanceOf(NotCancelable.class).hasMessageContaining("snapshotting");
        goOn.countDown();
        assertThat(next().status().state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void aCancelThatCameBeforeThePointOfNoReturnWins() throws InterruptedException, NotCancelable {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        Job job = start(self -> {
            running.countDown();
            boolean waiting = true;
            while (waiting) {
                try {
                    cancelled.await();
                    waiting = false;
                } catch (InterruptedException _) {
                    // swallowed as a library would
                }
            }
            self.pointOfNoReturn("snapshotting");
            return Map.of();
        });
        running.await();
        job.cancel();
        cancelled.countDown();

        assertThat(next().status().state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void progressIsKnownOnlyWithATotal() throws InterruptedException {
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch half = new CountDownLatch(1);
        Job job = start(self -> {
            self.progress("downloading", 10, OptionalLong.empty());
            assertThat(self.status().progress()).isEmpty();
            self.progress("downloading", 50, OptionalLong.of(100));
            half.countDown();
            goOn.await();
            return Map.of();
        });
        half.await();

        assertThat(job.status().progress()).contains(0.5);
        assertThat(job.status().phase()).isEqualTo("downloading");
        goOn.countDown();
        assertThat(next().status().phase()).isEmpty();
    }

    @Test
    void theLastFiftyEndedJobsStayReadable() throws InterruptedException {
        for (int i = 0; i < Jobs.KEPT + 3; i++) {
            start(_ -> Map.of());
            next();
        }
        start(_ -> Map.of());

        assertThat(forgotten.poll(10, TimeUnit.SECONDS).id()).isEqualTo(1);
        assertThat(jobs.find(1)).isEmpty();
        assertThat(jobs.all()).hasSizeBetween(Jobs.KEPT, Jobs.KEPT + 1);
    }

    @Test
    void closingCancelsWhatRuns() throws InterruptedException {
        CountDownLatch running = new CountDownLatch(1);
        start(_ -> {
            running.countDown();
            new CountDownLatch(1).await();
            return Map.of();
        });
        running.await();
        jobs.close();

        assertThat(next().status().state()).isEqualTo(JobState.CANCELLED);
    }
}
