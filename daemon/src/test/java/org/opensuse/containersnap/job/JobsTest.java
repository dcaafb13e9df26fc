package org.opensuse.containersnap.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.job.JobRecord.JobError;
import org.opensuse.containersnap.record.JsonJobRecords;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.Failure.NotBtrfs;
import org.opensuse.containersnap.snapshot.Failure.NotCancelable;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;

@Timeout(20)
class JobsTest {
    private static final long UID = 1000;
    private static final CompletableFuture<Void> STAYS = new CompletableFuture<>();

    private final BlockingQueue<Job> ended = new LinkedBlockingQueue<>();
    private final BlockingQueue<Job> forgotten = new LinkedBlockingQueue<>();
    private final JobListener listener = new JobListener() {
        @Override
        public void accepted(Job job) {
            told.add("accepted");
        }

        @Override
        public void changed(Job job) {
            if (job.status().state().ended()) {
                told.add("ended");
                ended.add(job);
            }
        }

        @Override
        public void forgotten(Job job) {
            forgotten.add(job);
        }
    };

    private static final String X = "ab".repeat(32);
    private static final String Y = "cd".repeat(32);

    /// What became durable and what was told, in order.
    private final List<String> told = new CopyOnWriteArrayList<>();

    @TempDir
    private Path directory;

    private Jobs jobs = jobs(Path.of("/nonexistent"));

    @BeforeEach
    void open() {
        jobs = jobs(directory);
        jobs.recall();
    }

    /// As a service that starts has them.
    private Jobs jobs(Path records) {
        return new Jobs(
                Clock.systemUTC(),
                listener,
                new JsonJobRecords(records, path -> {
                    if (path.equals(records)) {
                        told.add("durable");
                    }
                }),
                failure -> failure.getClass().getSimpleName(),
                Shutdown.unannounced(),
                StepWatch.NONE);
    }

    @AfterEach
    void close() {
        jobs.close();
    }

    private Job start(JobWork work) {
        try {
            return start(jobs, work);
        } catch (Failure | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Job start(Jobs jobs, JobWork work) throws Failure, InterruptedException {
        JobRequest request = new JobRequest(JobType.PULL, "docker://a.b/c:1", false, Optional.empty());
        return jobs.findOrStart(request, UID, place -> place.start(request, STAYS, work));
    }

    private Job next() throws InterruptedException {
        return ended.poll(10, TimeUnit.SECONDS);
    }

    @Test
    void aJobThatWorksSucceedsWithItsResult() throws InterruptedException {
        start(_ -> JobResult.of(Map.of("images", List.of("x"))));

        Job job = next();
        assertThat(job.status().state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(job.status().result().list("images")).containsExactly("x");
        assertThat(job.status().progress()).contains(1.0);
        assertThat(job.status().ended()).isPresent();
        assertThat(job.startedBy()).isEqualTo(UID);
    }

    @Test
    void aJobThatFailsKeepsItsFailure() throws InterruptedException {
        start(_ -> {
            throw new NotBtrfs("no btrfs");
        });

        assertThat(next().status().error()).contains(new JobError("NotBtrfs", "no btrfs"));
    }

    @Test
    void theNumbersOfAFailureAreKeptForTheNextRunOfTheService() throws InterruptedException {
        start(_ -> {
            throw new NoSpace("pull docker://a.b/c:1", OptionalLong.of(5L << 30), OptionalLong.of(1 << 20), null);
        });
        JobError error = next().status().error().orElseThrow();

        assertThat(error.data()).containsOnly(Map.entry("bytes_needed", 5L << 30), Map.entry("bytes_free", 1L << 20));
        assertThat(error.line())
                .isEqualTo("no space left on the file system to pull docker://a.b/c:1: it needs at least 5.0 GiB, "
                        + "1.0 MiB were free; make room first, such as by deleting images or snapshots");
        Jobs again = jobs(directory);
        again.recall();
        assertThat(again.all()).extracting(job -> job.status().error()).containsExactly(Optional.of(error));
    }

    @Test
    void aFailureTellsOnlyNumbersThatAreKnown() throws InterruptedException {
        start(_ -> {
            throw new NoSpace("pull x", OptionalLong.empty(), OptionalLong.of(0), null);
        });

        assertThat(next().status().error())
                .contains(new JobError(
                        "NoSpace",
                        "no space left on the file system to pull x: 0 B were free when it began; "
                                + "make room first, such as by deleting images or snapshots",
                        Map.of("bytes_free", 0L)));
    }

    @Test
    void aBugWithoutAMessageStillEndsTheJobWithOneLine() throws InterruptedException {
        start(_ -> {
            throw new NullPointerException();
        });

        JobStatus status = next().status();
        assertThat(status.state()).isEqualTo(JobState.FAILED);
        assertThat(status.error().orElseThrow().name()).isEqualTo("Bug");
        assertThat(status.error().orElseThrow().line()).startsWith("internal error");
    }

    @Test
    void cancelInterruptsTheJob() throws InterruptedException, NotCancelable {
        CountDownLatch running = new CountDownLatch(1);
        Job job = start(_ -> {
            running.countDown();
            new CountDownLatch(1).await();
            return JobResult.NONE;
        });
        running.await();
        job.cancel();

        assertThat(next().status().state()).isEqualTo(JobState.CANCELLED);
        assertThat(job.status().error().orElseThrow().name()).isEqualTo("Cancelled");
        assertThatThrownBy(job::cancel)
                .isInstanceOf(NotCancelable.class)
                .hasMessageContaining("has ended already, as cancelled");
    }

    /// As what reads or writes fails at an interrupt, each in its own way.
    @Test
    void aCancelThatMakesAWriteFailIsACancel() throws InterruptedException, NotCancelable {
        CountDownLatch running = new CountDownLatch(1);
        Job job = start(_ -> {
            running.countDown();
            awaitInterrupt();
            throw new Failure.StorageFailed("can't write", new ClosedByInterruptException());
        });
        running.await();
        job.cancel();

        assertThat(next().status().state()).isEqualTo(JobState.CANCELLED);
        assertThat(job.status().error().orElseThrow().name()).isEqualTo("Cancelled");
    }

    @Test
    void whatFailsByItselfFailsAlsoAfterACancel() throws InterruptedException, NotCancelable {
        CountDownLatch running = new CountDownLatch(1);
        Job job = start(_ -> {
            running.countDown();
            awaitInterrupt();
            throw new Failure.StorageFailed("can't undo it", new IOException());
        });
        running.await();
        job.cancel();

        assertThat(next().status().state()).isEqualTo(JobState.FAILED);
    }

    @Test
    void anInterruptThatIsNoCancelFailsTheJob() throws InterruptedException {
        start(_ -> {
            throw new Failure.StorageFailed("can't write", new ClosedByInterruptException());
        });

        assertThat(next().status().state()).isEqualTo(JobState.FAILED);
    }

    private static void awaitInterrupt() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aJobPastThePointOfNoReturnIsNotCancelable() throws InterruptedException {
        CountDownLatch past = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Job job = start(running -> {
            running.pointOfNoReturn("snapshotting");
            past.countDown();
            goOn.await();
            return JobResult.NONE;
        });
        past.await();

        assertThat(job.status().cancelable()).isFalse();
        assertThatThrownBy(job::cancel).isInstanceOf(NotCancelable.class).hasMessageContaining("snapshotting");
        goOn.countDown();
        assertThat(next().status().state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void whatMustComeToItsEndIsCancelledAfterIt() throws InterruptedException, NotCancelable {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        AtomicBoolean later = new AtomicBoolean();
        Job job = start(self -> {
            self.progress("running-hooks", 0, OptionalLong.empty());
            self.holdCancel();
            begun.countDown();
            goOn.await();
            ended.countDown();
            self.heedCancel();
            later.set(true);
            return JobResult.NONE;
        });
        begun.await();

        assertThat(job.status().cancelable()).isFalse();
        job.cancel();
        goOn.countDown();

        Job cancelled = next();
        assertThat(cancelled.status().state()).isEqualTo(JobState.CANCELLED);
        assertThat(ended.getCount()).isZero();
        assertThat(later).isFalse();
    }

    @Test
    void afterWhatMustComeToItsEndTheRestIsCancelable() throws InterruptedException, NotCancelable {
        CountDownLatch goneOn = new CountDownLatch(1);
        Job job = start(self -> {
            self.holdCancel();
            self.heedCancel();
            goneOn.countDown();
            awaitInterrupt();
            throw new InterruptedException();
        });
        goneOn.await();

        assertThat(job.status().cancelable()).isTrue();
        job.cancel();
        assertThat(next().status().state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void whatCouldNotBeUndoneStandsInTheError() throws InterruptedException {
        start(_ -> {
            Steps.of("go", StepWatch.NONE)
                    .step("one", () -> {}, () -> {
                        throw new Failure.StorageFailed("the disk is gone", null);
                    })
                    .step("two", () -> {
                        throw new Failure.StorageFailed("can't write", null);
                    })
                    .run();
            return JobResult.NONE;
        });

        assertThat(next().status().error().orElseThrow().line())
                .isEqualTo("can't write; not all of it could be undone, which the next start of container-snapd tries"
                        + " again: the disk is gone");
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
            return JobResult.NONE;
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
            return JobResult.NONE;
        });
        half.await();

        assertThat(job.status().progress()).contains(0.5);
        assertThat(job.status().phase()).isEqualTo("downloading");
        goOn.countDown();
        assertThat(next().status().phase()).isEmpty();
    }

    @Test
    void theLastFiftyEndedJobsStayReadable() throws InterruptedException {
        for (int i = 0; i <= Jobs.KEPT; i++) {
            start(_ -> JobResult.NONE);
            next();
        }

        assertThat(forgotten.poll(10, TimeUnit.SECONDS).id()).isEqualTo(1);
        assertThat(jobs.find(1)).isEmpty();
        assertThat(jobs.all()).hasSize(Jobs.KEPT);
    }

    @Test
    void aJobThatTookLongIsAsNewAsItsEnd() throws InterruptedException {
        CountDownLatch goOn = new CountDownLatch(1);
        Job slow = start(_ -> {
            goOn.await();
            return JobResult.NONE;
        });
        for (int i = 0; i < Jobs.KEPT; i++) {
            start(_ -> JobResult.NONE);
            next();
        }
        goOn.countDown();
        next();

        assertThat(forgotten.poll(10, TimeUnit.SECONDS).id()).isEqualTo(slow.id() + 1);
        assertThat(jobs.find(slow.id())).contains(slow);
    }

    @Test
    void closingCancelsWhatRuns() throws InterruptedException {
        CountDownLatch running = new CountDownLatch(1);
        start(_ -> {
            running.countDown();
            new CountDownLatch(1).await();
            return JobResult.NONE;
        });
        running.await();
        jobs.close();

        assertThat(next().status().state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void aJobAndItsEndAreToldWhenTheyAreDurable() throws InterruptedException {
        start(_ -> JobResult.NONE);
        next();

        assertThat(told).containsExactly("durable", "accepted", "durable", "ended");
    }

    @Test
    void endedJobsAreThereAfterARestart() throws InterruptedException, Failure {
        start(_ -> JobResult.of(Map.of("images", List.of(X, Y))));
        Job succeeded = next();
        start(_ -> {
            throw new NotBtrfs("no btrfs");
        });
        Job failed = next();

        Jobs again = jobs(directory);
        again.recall();

        assertThat(again.all()).extracting(Job::record).containsExactly(succeeded.record(), failed.record());
        assertThat(start(again, _ -> JobResult.NONE).id()).isEqualTo(failed.id() + 1);
        next();
    }

    /// As when the store of another time is mounted in place of the one that the service began with.
    @Test
    void aNumberThatARecordHasIsNotGivenAgain() throws Exception {
        start(_ -> JobResult.NONE);
        next();
        Files.copy(directory.resolve("1.json"), directory.resolve("41.json"));

        start(_ -> JobResult.NONE);

        assertThat(next().id()).isEqualTo(42);
    }

    @Test
    void aJobOfTheFutureIsTheFirstToBeForgotten() throws Exception {
        for (int i = 0; i < Jobs.KEPT; i++) {
            start(_ -> JobResult.NONE);
            next();
        }
        Path last = directory.resolve(Jobs.KEPT + ".json");
        Files.writeString(last, Files.readString(last).replaceAll("(?<=\"ended\":\")[^\"]*", "2999-01-01T00:00:00Z"));
        Jobs again = jobs(directory);
        again.recall();

        start(again, _ -> JobResult.NONE);
        next();

        assertThat(forgotten.poll(10, TimeUnit.SECONDS).id()).isEqualTo(Jobs.KEPT);
        assertThat(last).doesNotExist();
    }

    @Test
    void aJobThatHadNotEndedWasInterruptedInItsPhase() throws InterruptedException, Failure {
        CountDownLatch storing = new CountDownLatch(1);
        CountDownLatch killed = new CountDownLatch(1);
        Job running = start(job -> {
            job.progress("storing", 7, OptionalLong.of(9));
            storing.countDown();
            killed.await();
            return JobResult.NONE;
        });
        storing.await();

        Jobs again = jobs(directory);
        again.recall();
        killed.countDown();

        Job found = again.find(running.id()).orElseThrow();
        assertThat(found.status().state()).isEqualTo(JobState.INTERRUPTED);
        assertThat(found.status().phase()).isEqualTo("storing");
        assertThat(found.status().ended()).isPresent();
        assertThat(found.status().error())
                .contains(new JobError(
                        "Interrupted",
                        "the pull of docker://a.b/c:1 was interrupted while storing, because container-snapd ended; "
                                + "what it had half done is undone or completed, start it again to be sure"));
        assertThatThrownBy(found::cancel).isInstanceOf(NotCancelable.class);
        next();
    }

    @Test
    void aJobThatCanNotBeRecordedIsNotStarted() throws Exception {
        Files.delete(directory);
        Files.writeString(directory, "in the way");
        assertThatThrownBy(() -> start(jobs, _ -> JobResult.NONE)).isInstanceOf(StorageFailed.class);

        assertThat(jobs.all()).isEmpty();
        assertThat(jobs.busy()).isFalse();
        Files.delete(directory);
        Files.createDirectory(directory);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{", "[]", "{}", "{\"operation\":\"dance\"}", "{\"operation\":\"pull\",\"started\":\"soon\"}"
            })
    void aDamagedRecordIsNoJob(String content) throws Exception {
        Files.writeString(directory.resolve("7.json"), content);
        Files.writeString(directory.resolve("seven.json"), "{}");
        Files.createDirectory(directory.resolve("8.json"));

        Jobs again = jobs(directory);
        again.recall();

        assertThat(again.all()).isEmpty();
    }
}
