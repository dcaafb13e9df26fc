package org.opensuse.containersnap.bus;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.opensuse.containersnap.bus.DenialQuota.Verdict;

class DenialQuotaTest {
    private static final long ALICE = 1000;
    private static final long BOB = 1001;

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final DenialQuota quota = new DenialQuota(new Clock() {
        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    });

    @Test
    void aUserHasSoManyAMinuteAndTheLastOneSaysSo() {
        for (int i = 1; i < DenialQuota.MOST; i++) {
            assertThat(quota.next(ALICE)).isEqualTo(Verdict.TELL);
        }
        assertThat(quota.next(ALICE)).isEqualTo(Verdict.TELL_LAST);
        assertThat(quota.next(ALICE)).isEqualTo(Verdict.DROP);
        assertThat(quota.next(BOB)).isEqualTo(Verdict.TELL);

        now = now.plus(Duration.ofSeconds(61));
        assertThat(quota.next(ALICE)).isEqualTo(Verdict.TELL);
    }
}
