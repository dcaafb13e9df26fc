package org.opensuse.containersnap.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.opensuse.containersnap.job.JobRecord.JobError;
import org.opensuse.containersnap.snapshot.Failure;

/// A job is cancelled when its caller leaves the bus, if the caller asked for that.
@Timeout(30)
class DisconnectTest {
    private static final long UID = 1000;
    private static final JobError LEFT = new JobError(
            "Cancelled",
            "the pull of docker://a.b/c:1 was cancelled, because the caller that started it with cancel_on_disconnect "
                    + "left the bus; nothing was changed");

    private final Ends ends = new Ends();
    private final CompletableFuture<Void> left = new CompletableFuture<>();
    private final CountDownLatch running = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);

    @TempDir
    private Path directory;

    private Jobs jobs = ends.jobs(Path.of("/nonexistent"), _ -> {});

    @BeforeEach
    void open() {
        jobs = ends.jobs(directory, _ -> {});
    }

    @AfterEach
    void close() {
        goOn.countDown();
        jobs.close();
    }

    private Job start(boolean cancelOnDisconnect, JobWork work) throws Failure, InterruptedException {
        JobRequest request = new JobRequest(JobType.PULL, "docker://a.b/c:1", cancelOnDisconnect, Optional.empty());
        return jobs.findOrStart(request, UID, place -> place.start(request, left, work));
    }

    private JobResult untilGoOn(Job job) throws InterruptedException {
        job.progress("downloading", 0, OptionalLong.empty());
        running.countDown();
        goOn.await();
        return JobResult.NONE;
    }

    @Test
    void whoLeavesCancelsTheJob() throws Exception {
        Job job = start(true, this::untilGoOn);
        running.await();

        left.complete(null);

        assertThat(ends.next()).isSameAs(job);
        assertThat(job.status().state()).isEqualTo(JobState.CANCELLED);
        assertThat(job.status().error()).contains(LEFT);
    }

    @Test
    void whoDidNotAskForThatLeavesTheJobRunning() throws Exception {
        Job job = start(false, this::untilGoOn);
        running.await();

        left.complete(null);
        assertThat(left.getNumberOfDependents()).isZero();
        goOn.countDown();

        assertThat(ends.next()).isSameAs(job);
        assertThat(job.status().state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void whoHasLeftAlreadyHasNothingBegun() throws Exception {
        left.complete(null);

        Job job = start(true, self -> {
            self.pointOfNoReturn("deleting");
            return JobResult.NONE;
        });

        assertThat(job.status().state()).isEqualTo(JobState.CANCELLED);
        assertThat(job.status().error()).contains(LEFT);
        assertThat(Thread.interrupted()).isFalse();
        jobs.close();
        assertThat(jobs.busy()).isFalse();
    }

    /// Who tells that a caller has left reads the messages of all.
    @Test
    void aJobThatWaitsForItsTurnIsCancelledOnAnotherThread() throws Exception {
        start(false, this::untilGoOn);
        start(false, this::untilGoOn);
        CompletableFuture<Thread> cancelledOn = new CompletableFuture<>();
        CountDownLatch told = new CountDownLatch(1);
        Job waiting = start(true, _ -> {
            cancelledOn.complete(Thread.currentThread());
            // As who undoes their half.
            Thread.interrupted();
            told.await();
            throw new InterruptedException();
        });

        left.complete(null);
        told.countDown();

        assertThat(cancelledOn.get()).isNotSameAs(Thread.currentThread());
        assertThat(ends.next()).isSameAs(waiting);
        assertThat(waiting.status().error()).contains(LEFT);
    }

    @Test
    void whatCanNotBeCancelledAnyMoreGoesOnToItsEnd() throws Exception {
        Job job = start(true, self -> {
            self.pointOfNoReturn("snapshotting");
            return untilGoOn(self);
        });
        running.await();

        left.complete(null);
        goOn.countDown();

        assertThat(ends.next()).isSameAs(job);
        assertThat(job.status().state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void whoCancelledFirstIsTheReason() throws Exception {
        CountDownLatch undoing = new CountDownLatch(1);
        Job job = start(true, self -> {
            try {
                return untilGoOn(self);
            } finally {
                undoing.countDown();
                goOn.await();
            }
        });
        running.await();
        job.cancel();
        undoing.await();

        left.complete(null);
        goOn.countDown();

        ends.next();
        assertThat(job.status().error())
                .contains(new JobError("Cancelled", "the pull of docker://a.b/c:1 was cancelled; nothing was changed"));
    }

    /// A caller that stays for months starts many.
    @Test
    void nothingIsKeptForJobsThatHaveEnded() throws Exception {
        for (int i = 0; i < 200; i++) {
            start(true, _ -> JobResult.NONE);
            ends.next();
        }
        jobs.close();

        assertThat(left.getNumberOfDependents()).isZero();
        left.complete(null);
        assertThat(jobs.all()).allMatch(job -> job.status().state() == JobState.SUCCEEDED);
    }
}
