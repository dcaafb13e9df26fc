package org.opensuse.containersnap.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BudgetTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final Budget budget = new Budget(0);

    private void spendMillis(long millis, long now) {
        budget.spend(Duration.ofMillis(millis).toNanos(), now);
    }

    @Test
    void halfASecondIsSavedUp() {
        assertThat(budget.full(0)).isTrue();
        spendMillis(499, 0);

        assertThat(budget.untilSome(0)).isZero();
        assertThat(budget.full(0)).isFalse();
    }

    @Test
    void whatIsUsedBeyondThatComesBackWithAQuarterOfTheTime() {
        spendMillis(600, 0);

        assertThat(budget.untilSome(0).toMillis()).isEqualTo(400);
        assertThat(budget.untilSome(SECOND / 5).toMillis()).isEqualTo(200);
        assertThat(budget.untilSome(SECOND / 2)).isZero();
    }

    @Test
    void noMoreIsSavedUpHoweverLongNothingIsUsed() {
        spendMillis(500, 1000 * SECOND);

        assertThat(budget.untilSome(1000 * SECOND)).isGreaterThan(Duration.ZERO);
        assertThat(budget.full(1002 * SECOND)).isTrue();
    }

    @Test
    void nobodyWaitsLongerThanTwoSeconds() {
        spendMillis(60_000, 0);

        assertThat(budget.untilSome(0).toMillis()).isEqualTo(2000);
    }

    @Test
    void whoUsesAllTheyCanGetsAQuarter() {
        long now = 0;
        long used = 0;
        while (now < 100 * SECOND) {
            spendMillis(3, now);
            used += 3;
            now += Math.max(3_000_000, budget.untilSome(now).toNanos());
        }

        assertThat(used).isBetween(25_000L, 25_700L);
    }
}
