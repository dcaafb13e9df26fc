package org.opensuse.containersnap.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.Busy;
import org.opensuse.containersnap.snapshot.Failure.InvalidArguments;
import org.opensuse.containersnap.snapshot.Failure.LimitsExceeded;
import org.opensuse.containersnap.snapshot.Failure.NotBtrfs;
import org.opensuse.containersnap.snapshot.Failure.RequestIdInUse;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;

/// A caller that asks again under the same request ID gets the job that it has.
@Timeout(30)
class RequestsTest {
    private static final long UID = 1000;
    private static final long OTHER_UID = 1001;
    private static final String TARGET = "docker://a.b/c:1";

    private final Ends ends = new Ends();
    private final AtomicInteger begun = new AtomicInteger();
    private final CountDownLatch goOn = new CountDownLatch(1);

    @TempDir
    private Path directory;

    private Jobs jobs = ends.jobs(Path.of("/nonexistent"), _ -> {});

    @BeforeEach
    void open() {
        jobs = recalled();
    }

    @AfterEach
    void close() {
        goOn.countDown();
        jobs.close();
    }

    /// As a service that starts has them.
    private Jobs recalled() {
        Jobs started = ends.jobs(directory, _ -> {});
        started.recall();
        return started;
    }

    private static JobRequest request(JobType type, String target, String id) {
        return new JobRequest(type, target, false, Optional.of(new RequestId(id)));
    }

    private static JobRequest pull(String id) {
        return request(JobType.PULL, TARGET, id);
    }

    private Job ask(JobRequest request) throws Failure, InterruptedException {
        return ask(UID, request);
    }

    /// Asks for a job that runs until the test goes on.
    private Job ask(long uid, JobRequest request) throws Failure, InterruptedException {
        return ask(jobs, uid, request, _ -> {
            goOn.await();
            return JobResult.NONE;
        });
    }

    private Job ask(Jobs of, long uid, JobRequest request, JobWork work) throws Failure, InterruptedException {
        return of.findOrStart(request, uid, place -> {
            begun.incrementAndGet();
            return place.start(request, new CompletableFuture<>(), work);
        });
    }

    @Test
    void askingAgainFindsTheJobThatRunsAndThatHasEnded() throws Exception {
        Job job = ask(pull("a"));

        assertThat(ask(pull("a"))).isSameAs(job);
        goOn.countDown();
        ends.next();
        assertThat(ask(pull("a"))).isSameAs(job);
        assertThat(begun).hasValue(1);
        assertThat(ask(pull("b"))).isNotSameAs(job);
        assertThat(ask(pull("b")).request().id()).contains(new RequestId("b"));
    }

    @Test
    void withoutAnIdEachCallIsARequestOfItsOwn() throws Exception {
        JobRequest anonymous = new JobRequest(JobType.PULL, TARGET, false, Optional.empty());

        assertThat(ask(anonymous)).isNotSameAs(ask(anonymous));
    }

    @Test
    void anotherRequestUnderTheSameIdIsRefused() throws Exception {
        Job job = ask(pull("a"));
        JobRequest other = request(JobType.PULL, "docker://a.b/c:2", "a");
        JobRequest otherMember = request(JobType.DELETE_IMAGE, TARGET, "a");
        JobRequest otherOption = new JobRequest(JobType.PULL, TARGET, true, Optional.of(new RequestId("a")));

        for (JobRequest wrong : List.of(other, otherMember, otherOption)) {
            assertThatThrownBy(() -> ask(wrong))
                    .isInstanceOf(RequestIdInUse.class)
                    .hasMessage("the request_id 'a' stands for job " + job.id() + ", the pull of " + TARGET
                            + ", and this call asks for something else; give it an ID of its own");
        }
        assertThat(begun).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {OTHER_UID, 0})
    void anIdOfOneUserMeansNothingWithAnother(long uid) throws Exception {
        Job job = ask(pull("a"));

        Job others = ask(uid, pull("a"));

        assertThat(others).isNotSameAs(job);
        assertThat(others.startedBy()).isEqualTo(uid);
        assertThat(ask(uid, pull("a"))).isSameAs(others);
        assertThat(ask(pull("a"))).isSameAs(job);
    }

    @Test
    void whatIsFoundTakesNoPlace() throws Exception {
        List<Job> accepted = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            accepted.add(ask(pull("job" + i)));
        }

        assertThatThrownBy(() -> ask(pull("one-more"))).isInstanceOf(LimitsExceeded.class);
        for (int i = 0; i < 8; i++) {
            assertThat(ask(pull("job" + i))).isSameAs(accepted.get(i));
        }
        assertThatThrownBy(() -> ask(request(JobType.LOAD, TARGET, "job0"))).isInstanceOf(RequestIdInUse.class);
    }

    @Test
    void whatWasRefusedLeavesTheIdFree() throws Exception {
        assertThatThrownBy(() -> jobs.findOrStart(pull("a"), UID, _ -> {
                    throw new Busy("pull", "somebody does");
                }))
                .isInstanceOf(Busy.class);

        Job job = ask(request(JobType.LOAD, "oci-archive:/a", "a"));

        assertThat(ask(request(JobType.LOAD, "oci-archive:/a", "a"))).isSameAs(job);
    }

    /// The record is in its file, and then it is not known whether that is on disk.
    @Test
    void whatCouldNotBeRecordedLeavesTheIdFreeAlsoAfterARestart() throws Exception {
        AtomicBoolean broken = new AtomicBoolean(true);
        Jobs breaking = ends.jobs(directory, _ -> {
            if (broken.get()) {
                throw new StorageFailed("no sync", null);
            }
        });

        assertThatThrownBy(() -> ask(breaking, UID, pull("a"), _ -> JobResult.NONE))
                .isInstanceOf(StorageFailed.class);

        assertThat(recalled().all()).isEmpty();
        broken.set(false);
        Job job = ask(breaking, UID, pull("a"), _ -> JobResult.NONE);
        ends.next();
        assertThat(recalled().all()).extracting(Job::record).containsExactly(job.record());
    }

    @Test
    void callsAtTheSameMomentStartOneJob() throws Exception {
        int callers = 32;
        int rounds = 20;
        CyclicBarrier together = new CyclicBarrier(callers);
        try (ExecutorService threads = Executors.newFixedThreadPool(callers)) {
            for (int round = 0; round < rounds; round++) {
                JobRequest request = pull("round" + round);
                List<Future<Job>> answers = new ArrayList<>();
                for (int i = 0; i < callers; i++) {
                    answers.add(threads.submit(() -> {
                        together.await();
                        return ask(jobs, UID, request, _ -> JobResult.NONE);
                    }));
                }
                Job job = answers.getFirst().get();
                for (Future<Job> answer : answers) {
                    assertThat(answer.get()).isSameAs(job);
                }
                assertThat(ends.next()).isSameAs(job);
            }
        }
        assertThat(begun).hasValue(rounds);
    }

    @Test
    void whoWaitsForACallThatIsRefusedStartsTheJob() throws Exception {
        CountDownLatch preparing = new CountDownLatch(1);
        CountDownLatch refuse = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            Future<Job> first = threads.submit(() -> jobs.findOrStart(pull("a"), UID, _ -> {
                preparing.countDown();
                refuse.await();
                throw new Busy("pull", "somebody does");
            }));
            preparing.await();
            Future<Job> second = threads.submit(() -> ask(pull("a")));
            // Neither another ID nor another user waits for it.
            assertThat(ask(pull("b")).id()).isEqualTo(1);
            assertThat(ask(OTHER_UID, pull("a")).id()).isEqualTo(2);
            assertThat(second).isNotDone();
            refuse.countDown();

            assertThat(second.get().id()).isEqualTo(3);
            assertThatThrownBy(first::get).hasCauseInstanceOf(Busy.class);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SUCCEEDED", "FAILED", "CANCELLED"})
    void afterARestartTheEndedJobIsFound(JobState end) throws Exception {
        JobRequest request = new JobRequest(JobType.PULL, TARGET, true, Optional.of(new RequestId("a")));
        Job job = ask(jobs, UID, request, running -> switch (end) {
            case FAILED -> throw new NotBtrfs("no btrfs");
            case CANCELLED -> throw new InterruptedException();
            default -> JobResult.of(Map.of("images", List.of("ab".repeat(32))));
        });
        ends.next();
        Jobs again = recalled();

        Job found = ask(again, UID, request, _ -> JobResult.NONE);

        assertThat(found.status().state()).isEqualTo(end);
        assertThat(found.record()).isEqualTo(job.record());
        assertThatThrownBy(() -> ask(again, UID, pull("a"), _ -> JobResult.NONE))
                .isInstanceOf(RequestIdInUse.class);
        assertThat(ask(again, OTHER_UID, pull("a"), _ -> JobResult.NONE).id()).isEqualTo(job.id() + 1);
        again.close();
    }

    @Test
    void afterAKillTheInterruptedJobIsFound() throws Exception {
        Job job = ask(pull("a"));
        Jobs again = recalled();

        Job found = ask(again, UID, pull("a"), _ -> JobResult.NONE);

        assertThat(found.id()).isEqualTo(job.id());
        assertThat(found.status().state()).isEqualTo(JobState.INTERRUPTED);
        assertThat(ask(again, UID, pull("b"), _ -> JobResult.NONE).id()).isEqualTo(job.id() + 1);
        again.close();
    }

    @Test
    void aForgottenJobFreesItsId() throws Exception {
        JobWork nothing = _ -> JobResult.NONE;
        Job first = ask(jobs, UID, pull("job0"), nothing);
        ends.next();
        for (int i = 1; i <= Jobs.KEPT; i++) {
            assertThat(ask(jobs, UID, pull("job0"), nothing)).isSameAs(first);
            ask(jobs, UID, pull("job" + i), nothing);
            ends.next();
        }
        ask(jobs, UID, pull("last"), nothing);
        ends.next();

        Job second = ask(jobs, UID, request(JobType.LOAD, "oci-archive:/a", "job0"), nothing);

        assertThat(second).isNotSameAs(first);
        ends.next();
        assertThat(recalled().all()).hasSize(Jobs.KEPT).doesNotContain(first);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "!~", "0193e0c7-6d0e-7c1b-9d2f-3a4b5c6d7e8f", "'\"\\/../%s{}", LONGEST})
    void aRequestIdIsVisibleAscii(String text) throws InvalidArguments {
        assertThat(RequestId.parse(text)).hasToString(text);
    }

    private static final String LONGEST = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a\n", "\u0000", "a\u007f", "ä", "\u202e", "🙂", LONGEST + "0"})
    void anythingElseIsNone(String text) {
        assertThatThrownBy(() -> RequestId.parse(text))
                .isInstanceOf(InvalidArguments.class)
                .hasMessageEndingWith(" is not a request_id: expected 1 to 64 visible ASCII characters, such as a UUID")
                .message()
                .matches("[^\\p{Cntrl}\u202e]+");
    }
}
