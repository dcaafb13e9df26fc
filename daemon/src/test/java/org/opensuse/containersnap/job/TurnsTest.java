package org.opensuse.containersnap.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.opensuse.containersnap.job.Turns.Away;
import org.opensuse.containersnap.job.Turns.Limits;
import org.opensuse.containersnap.job.Turns.Place;
import org.opensuse.containersnap.snapshot.Failure.LimitsExceeded;
import org.opensuse.containersnap.snapshot.Failure.Stopping;

@Timeout(20)
class TurnsTest {
    private static final long ROOT = 0;
    private static final long ALICE = 1000;
    private static final long BOB = 1001;

    private final Turns turns = new Turns("call", new Limits(8, 16, false), new Limits(1, 3, true));
    private final CountDownLatch goOn = new CountDownLatch(1);

    @AfterEach
    void end() throws InterruptedException {
        goOn.countDown();
        turns.close();
        assertThat(turns.awaitEnd(Duration.ofSeconds(10))).isTrue();
    }

    private void run(long uid, Runnable task) throws LimitsExceeded, Stopping {
        try (Place place = turns.take(uid)) {
            place.run(task);
        }
    }

    /// Takes a turn and keeps it until `goOn`.
    private void occupy(long uid) throws LimitsExceeded, Stopping, InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        run(uid, () -> {
            begun.countDown();
            await(goOn);
        });
        await(begun);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void tasksOfAUserTakeTurnsInTheirOrder() throws Exception {
        List<Integer> order = new CopyOnWriteArrayList<>();
        CountDownLatch done = new CountDownLatch(3);
        for (int i : List.of(1, 2, 3)) {
            run(ALICE, () -> {
                order.add(i);
                done.countDown();
            });
        }
        await(done);

        assertThat(order).containsExactly(1, 2, 3);
    }

    @Test
    void aUserWaitsForNobodyElse() throws Exception {
        occupy(ALICE);
        CountDownLatch done = new CountDownLatch(2);
        run(BOB, done::countDown);
        run(ROOT, done::countDown);

        await(done);
    }

    @Test
    void tooManyTasksOfAUserAreRefusedAndNobodyElses() throws Exception {
        occupy(ALICE);
        run(ALICE, () -> {});
        run(ALICE, () -> {});

        assertThatThrownBy(() -> turns.take(ALICE))
                .isInstanceOf(LimitsExceeded.class)
                .hasMessage("user 1000 has 3 calls that have not ended, and may not have more; wait for one to end");
        occupy(BOB);
    }

    @Test
    void aPlaceThatIsGivenBackCountsNoMore() throws Exception {
        for (int i = 0; i < 10; i++) {
            turns.take(ALICE).close();
        }
        CountDownLatch done = new CountDownLatch(1);
        run(ALICE, done::countDown);

        await(done);
    }

    @Test
    void whileATaskWaitsForAPersonAnotherOfItsUserRuns() throws Exception {
        CountDownLatch away = new CountDownLatch(1);
        CountDownLatch answered = new CountDownLatch(1);
        CountDownLatch back = new CountDownLatch(1);
        run(ALICE, () -> {
            try (Away _ = Turns.away()) {
                away.countDown();
                await(answered);
            }
            back.countDown();
        });
        await(away);
        CountDownLatch done = new CountDownLatch(1);
        run(ALICE, done::countDown);
        await(done);
        answered.countDown();

        await(back);
    }

    @Test
    void theLimitHoldsAgainAfterWaitingForAPerson() throws Exception {
        CountDownLatch away = new CountDownLatch(1);
        CountDownLatch answered = new CountDownLatch(1);
        CountDownLatch back = new CountDownLatch(1);
        run(ALICE, () -> {
            try (Away _ = Turns.away()) {
                away.countDown();
                await(answered);
            }
            back.countDown();
            await(goOn);
        });
        await(away);
        answered.countDown();
        await(back);
        List<String> ran = new CopyOnWriteArrayList<>();
        run(ALICE, () -> ran.add("second"));

        assertThat(ran).isEmpty();
    }

    @Test
    void whoUsesUpTheirProcessorTimeWaitsForMoreAndNobodyElseDoes() throws Exception {
        AtomicLong used = new AtomicLong();
        Turns paced = new Turns("call", new Limits(8, 16, false), new Limits(1, 3, true), used::get);
        CountDownLatch done = new CountDownLatch(3);
        List<Long> order = new CopyOnWriteArrayList<>();
        long begin = System.nanoTime();

        for (long uid : List.of(ALICE, ALICE, BOB)) {
            try (Place place = paced.take(uid)) {
                place.run(() -> {
                    used.addAndGet(Duration.ofMillis(600).toNanos());
                    order.add(uid);
                    done.countDown();
                });
            }
        }
        await(done);
        long took = System.nanoTime() - begin;
        paced.close();
        assertThat(paced.awaitEnd(Duration.ofSeconds(10))).isTrue();

        assertThat(order).containsExactlyInAnyOrder(ALICE, BOB, ALICE).endsWith(ALICE);
        // 500 ms were saved up; the 100 ms that were used beyond them come back in 400 ms.
        assertThat(Duration.ofNanos(took)).isGreaterThan(Duration.ofMillis(300));
    }

    @Test
    void rootWaitsForNoProcessorTime() throws Exception {
        Turns paced = new Turns("call", new Limits(1, 16, false), new Limits(1, 3, true), System::nanoTime);
        CountDownLatch done = new CountDownLatch(1);
        try (Place first = paced.take(ROOT)) {
            first.run(() -> {});
        }
        try (Place second = paced.take(ROOT)) {
            second.run(done::countDown);
        }

        await(done);
        paced.close();
        assertThat(paced.awaitEnd(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void aTaskThatThrowsGivesItsTurnOn() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        run(ALICE, () -> {
            throw new IllegalStateException("a bug");
        });
        run(ALICE, done::countDown);

        await(done);
    }

    @Test
    void closingTakesNoNewTasksAndEndsTheOldOnes() throws Exception {
        occupy(ALICE);
        List<String> ran = new CopyOnWriteArrayList<>();
        run(ALICE, () -> ran.add("waiting"));
        turns.close();

        assertThatThrownBy(() -> turns.take(BOB)).isInstanceOf(Stopping.class);
        goOn.countDown();
        assertThat(turns.awaitEnd(Duration.ofSeconds(10))).isTrue();
        assertThat(ran).containsExactly("waiting");
    }
}
