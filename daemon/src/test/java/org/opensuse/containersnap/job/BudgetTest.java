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
    void whatIsUsedBeyondThatComesBackWithATenthOfTheTime() {
        spendMillis(600, 0);

        assertThat(budget.untilSome(0).toMillis()).isEqualTo(1000);
        assertThat(budget.untilSome(SECOND / 5).toMillis()).isEqualTo(800);
        assertThat(budget.untilSome(SECOND + 1)).isZero();
    }

    @Test
    void noMoreIsSavedUpHoweverLongNothingIsUsed() {
        spendMillis(500, 1000 * SECOND);

        assertThat(budget.untilSome(1000 * SECOND)).isGreaterThan(Duration.ZERO);
        assertThat(budget.full(1005 * SECOND)).isTrue();
    }

    @Test
    void nobodyWaitsLongerThanFiveSeconds() {
        spendMillis(60_000, 0);

        assertThat(budget.untilSome(0).toMillis()).isEqualTo(5000);
    }

    @Test
    void whoUsesAllTheyCanGetsATenth() {
        long now = 0;
        long used = 0;
        while (now < 100 * SECOND) {
            spendMillis(3, now);
            used += 3;
            now += Math.max(3_000_000, budget.untilSome(now).toNanos());
        }

        assertThat(used).isBetween(10_000L, 10_700L);
    }
}
