package org.opensuse.containersnap.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UtcTimeTest {
    @ParameterizedTest
    @CsvSource({
        "0,                    1970-01-01 00:00:00 +0000 UTC",
        "1736419651818647723,  2025-01-09 10:47:31.818647723 +0000 UTC",
        "1736419651800000000,  2025-01-09 10:47:31.8 +0000 UTC",
        "1736419651000000001,  2025-01-09 10:47:31.000000001 +0000 UTC",
        "-1,                   1969-12-31 23:59:59.999999999 +0000 UTC",
        "-86400000000000,      1969-12-31 00:00:00 +0000 UTC",
        "951782400000000000,   2000-02-29 00:00:00 +0000 UTC",
        "951868800000000000,   2000-03-01 00:00:00 +0000 UTC",
        "4107542400000000000,  2100-03-01 00:00:00 +0000 UTC",
        "-2203891200000000000, 1900-03-01 00:00:00 +0000 UTC",
        "9223372036854775807,  2262-04-11 23:47:16.854775807 +0000 UTC",
        "-9223372036854775807, 1677-09-21 00:12:43.145224193 +0000 UTC"
    })
    void aTimeLooksAsGoPrintsIt(long nanoseconds, String text) {
        assertThat(UtcTime.ofNanoseconds(nanoseconds).goText()).isEqualTo(text);
    }

    @Test
    void anyMomentIsTheSameAsTheLibrarysOwn() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            long nanoseconds = random.nextLong() >> random.nextInt(40);
            assertThat(Instant.parse(UtcTime.ofNanoseconds(nanoseconds).isoText()))
                    .isEqualTo(Instant.ofEpochSecond(0, nanoseconds));
        }
    }

    @Test
    void peopleSeeMinutes() {
        assertThat(UtcTime.ofMicroseconds(1736419651818647L).minuteText()).isEqualTo("2025-01-09 10:47 UTC");
        assertThat(UtcTime.ofMicroseconds(-1).isoText()).isEqualTo("1969-12-31T23:59:59.999999Z");
    }
}
