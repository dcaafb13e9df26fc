package org.opensuse.containersnap.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.opensuse.containersnap.job.Shutdown.Hold;
import org.opensuse.containersnap.record.JsonJobRecords;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NotBtrfs;
import org.opensuse.containersnap.step.StepWatch;

@Timeout(20)
class ShutdownHoldsTest {
    private static final String TARGET = "docker://a.b/c:1";

    /// What was held, let go, done and told, in order.
    private final List<String> events = new CopyOnWriteArrayList<>();

    private final CountDownLatch stopTakesLonger = new CountDownLatch(1);
    private final BlockingQueue<Job> ended = new LinkedBlockingQueue<>();

    @TempDir
    private Path directory;

    private Jobs jobs;

    @BeforeEach
    void open() {
        Shutdown shutdown = new Shutdown() {
            @Override
            public Hold delay(String why) {
                return hold("delay: " + why);
            }

            @Override
            public Hold delayFromNow(String why) {
                return hold("delay from now: " + why);
            }

            @Override
            public Hold block(String why) {
                return hold("block: " + why);
            }

            @Override
            public void whenItComes(Runnable action) {}

            @Override
            public void stopTakes(Duration fromNow) {
                events.add("the stop takes longer");
                stopTakesLonger.countDown();
            }
        };
        JobListener listener = new JobListener() {
            @Override
            public void accepted(Job job) {}

            @Override
            public void changed(Job job) {
                if (job.status().state().ended()) {
                    events.add("told of the end");
                    ended.add(job);
                }
            }

            @Override
            public void forgotten(Job job) {}
        };
        jobs = new Jobs(
                Clock.systemUTC(),
                new ShutdownHolds(shutdown, listener),
                new JsonJobRecords(directory, path -> {
                    if (path.equals(directory)) {
                        events.add("durable");
                    }
                }),
                failure -> failure.getClass().getSimpleName(),
                shutdown,
                StepWatch.NONE);
    }

    private Hold hold(String what) {
        events.add(what);
        return () -> events.add("no more " + what);
    }

    @AfterEach
    void close() {
        jobs.close();
    }

    private Job start(JobType type, String target, JobWork work) throws Failure, InterruptedException {
        JobRequest request = new JobRequest(type, target, false, Optional.empty());
        return jobs.findOrStart(request, 0, place -> place.start(request, new CompletableFuture<>(), work));
    }

    private void awaitEnd() throws InterruptedException {
        assertThat(ended.poll(10, TimeUnit.SECONDS)).isNotNull();
    }

    @Test
    void aPullDelaysAShutdownAndRefusesItFromWhereItCanNotBeUndone() throws Exception {
        start(JobType.PULL, TARGET, job -> {
            events.add("downloads");
            job.progress("downloading", 1, OptionalLong.empty());
            job.pointOfNoReturn("snapshotting");
            events.add("takes the root");
            job.progress("snapshotting", 1, OptionalLong.empty());
            return JobResult.NONE;
        });
        awaitEnd();

        assertThat(events)
                .containsExactly(
                        "durable",
                        "delay: pulls " + TARGET,
                        "downloads",
                        "block: pulls " + TARGET,
                        "no more delay: pulls " + TARGET,
                        "takes the root",
                        "durable",
                        "no more block: pulls " + TARGET,
                        "told of the end");
    }

    /// The machine goes down by its own word, but not before its caller knows.
    @Test
    void whatRestartsTheMachineRefusesNothingAndDelaysUntilItsEndIsTold() throws Exception {
        start(JobType.UPDATE, TARGET, job -> {
            job.pointOfNoReturn("switching");
            job.wantShutdown("rebooting");
            events.add("asks for a reboot");
            return JobResult.NONE;
        });
        awaitEnd();
        jobs.close();

        assertThat(events)
                .containsExactly(
                        "durable",
                        "delay: updates to " + TARGET,
                        "block: updates to " + TARGET,
                        "no more delay: updates to " + TARGET,
                        "delay from now: updates to " + TARGET,
                        "no more block: updates to " + TARGET,
                        "asks for a reboot",
                        "durable",
                        "told of the end",
                        "no more delay from now: updates to " + TARGET);
    }

    @Test
    void whatMustComeToItsEndRefusesAShutdownAsLong() throws Exception {
        start(JobType.DEPLOY, TARGET, job -> {
            job.holdCancel();
            events.add("writes the boot loader");
            job.heedCancel();
            events.add("goes on");
            return JobResult.NONE;
        });
        awaitEnd();

        assertThat(events)
                .containsExactly(
                        "durable",
                        "delay: deploys " + TARGET,
                        "block: deploys " + TARGET,
                        "no more delay: deploys " + TARGET,
                        "writes the boot loader",
                        "delay: deploys " + TARGET,
                        "no more block: deploys " + TARGET,
                        "goes on",
                        "durable",
                        "no more delay: deploys " + TARGET,
                        "told of the end");
    }

    @Test
    void aStopWaitsForWhatMustComeToItsEndAndCancelsTheRest() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        start(JobType.DEPLOY, TARGET, job -> {
            job.holdCancel();
            begun.countDown();
            stopTakesLonger.await();
            events.add("has written the boot loader");
            job.heedCancel();
            events.add("goes on");
            return JobResult.NONE;
        });
        begun.await();

        jobs.close();

        assertThat(events)
                .containsSubsequence("the stop takes longer", "has written the boot loader", "told of the end")
                .doesNotContain("goes on");
        JobStatus how = ended.remove().status();
        assertThat(how.state()).isEqualTo(JobState.CANCELLED);
        assertThat(how.error().orElseThrow().line())
                .contains("container-snapd was stopped; its snapshot is gone, what hooks changed outside of it stays");
    }

    @Test
    void whatFailsAfterItSaysThatNotAllIsAsBeforeAndIsNoReasonToWait() throws Exception {
        start(JobType.DEPLOY, TARGET, job -> {
            job.progress("running-hooks", 0, OptionalLong.empty());
            job.holdCancel();
            job.failing();
            assertThat(job.holdsCancel()).isFalse();
            throw new Failure.StorageFailed("no room", null);
        });

        JobStatus how = ended.take().status();
        assertThat(how.error().orElseThrow().line())
                .endsWith(" failed while running-hooks and is undone, but for what hooks changed outside of its"
                        + " snapshot: no room");
    }

    @Test
    void aJobThatFailsHoldsNothingAfterIt() throws Exception {
        start(JobType.DELETE_IMAGE, "a.b/c:1", job -> {
            job.pointOfNoReturn("deleting");
            throw new NotBtrfs("no btrfs");
        });
        awaitEnd();

        assertThat(events)
                .containsSubsequence("block: deletes a.b/c:1", "durable", "no more block: deletes a.b/c:1")
                .contains("no more delay: deletes a.b/c:1");
    }

    @Test
    void aShutdownCancelsWhatCanBeCancelledAndSaysSo() throws Exception {
        CountDownLatch running = new CountDownLatch(2);
        CountDownLatch release = new CountDownLatch(1);
        Job pull = start(JobType.PULL, TARGET, _ -> {
            running.countDown();
            Thread.sleep(60_000);
            return JobResult.NONE;
        });
        Job deletion = start(JobType.DELETE_IMAGE, "a.b/c:1", job -> {
            job.pointOfNoReturn("deleting");
            running.countDown();
            release.await();
            return JobResult.NONE;
        });
        running.await();

        jobs.cancelForShutdown();

        awaitEnd();
        assertThat(pull.status().state()).isEqualTo(JobState.CANCELLED);
        assertThat(pull.status().error().orElseThrow().line())
                .isEqualTo("the pull of " + TARGET
                        + " was cancelled, because the machine shuts down; nothing was changed, " + "start it again");
        release.countDown();
        awaitEnd();
        assertThat(deletion.status().state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void whatAPersonReadsIsOneLine() throws Exception {
        start(JobType.LOAD, "oci-archive:/a\nb\u202e" + "c".repeat(4000), _ -> JobResult.NONE);
        awaitEnd();

        assertThat(events)
                .filteredOn(event -> event.startsWith("delay"))
                .singleElement()
                .asString()
                .startsWith("delay: loads oci-archive:/a\\nb\\u{202e}ccc")
                .hasSizeLessThan(250);
    }
}
