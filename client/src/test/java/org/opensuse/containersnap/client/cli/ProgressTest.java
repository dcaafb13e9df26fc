package org.opensuse.containersnap.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Properties;
import org.opensuse.containersnap.client.wire.Property;
import org.opensuse.containersnap.client.wire.Value;

class ProgressTest {
    static final Map<Property, Value> HALF = Map.of(
            Property.JOB_STATE, Value.of("running"),
            Property.JOB_PHASE, Value.of("downloading"),
            Property.JOB_PROGRESS_VALID, Value.of(true),
            Property.JOB_PROGRESS, new Value.Real(0.5),
            Property.JOB_BYTES_DONE, new Value.Whole(47_395_635),
            Property.JOB_BYTES_TOTAL, new Value.Whole(90_600_000),
            Property.JOB_RATE, new Value.Whole(12_900_000));

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            100 | os:1  [############------------]  45.2 MiB / 86.4 MiB  12.3 MiB/s  downloading
            78  | os:1  [############------------]  45.2 MiB / 86.4 MiB  12.3 MiB/s  downloading
            77  | os:1  [########--------]  45.2 MiB / 86.4 MiB  12.3 MiB/s  downloading
            69  | os:1  [#####-----]  45.2 MiB / 86.4 MiB  12.3 MiB/s  downloading
            63  | os:1  [########--------]  45.2 MiB / 86.4 MiB  downloading
            54  | os:1  [#####-----]  45.2 MiB / 86.4 MiB  downloading
            51  | os:1  45.2 MiB / 86.4 MiB  downloading
            38  | os:1  45.2 MiB / 86.4 MiB  downloading
            37  | 45.2 MiB / 86.4 MiB  downloading
            20  | 45.2 MiB / 86.4 MiB
            4   | 45.2
            """)
    void theLineFitsTheTerminal(int columns, String line) throws BusFailure {
        assertThat(Progress.line(job(HALF), "docker://registry.opensuse.org/os:1", columns)
                        .stripTrailing())
                .isEqualTo(line);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 10, 39, 40, 79, 80, 200})
    void theLineIsNeverWider(int columns) throws BusFailure {
        assertThat(Progress.line(job(HALF), "x".repeat(1000), columns)).hasSizeLessThanOrEqualTo(columns);
    }

    @Test
    void withoutASizeThereIsNoBar() throws BusFailure {
        assertThat(Progress.line(job(Map.of(Property.JOB_STATE, Value.of("queued"))), "os:1", 80))
                .isEqualTo("os:1  queued");
        assertThat(Progress.line(
                        job(Map.of(
                                Property.JOB_PHASE,
                                Value.of("loading"),
                                Property.JOB_BYTES_DONE,
                                new Value.Whole(2048))),
                        "/srv/os.tar",
                        80))
                .isEqualTo("os.tar  2.0 KiB  loading");
    }

    @Test
    void aShareOutOfRangeDoesNotBreakTheBar() throws BusFailure {
        for (double share : new double[] {-1, 2, Double.NaN, Double.POSITIVE_INFINITY}) {
            Properties job = job(
                    Map.of(Property.JOB_PROGRESS_VALID, Value.of(true), Property.JOB_PROGRESS, new Value.Real(share)));
            assertThat(Progress.line(job, "os", 80)).matches("os  \\[[#-]{24}\\]");
        }
    }

    @Test
    void inWordsItIsOneLine() throws BusFailure {
        assertThat(Progress.text(job(HALF))).isEqualTo("downloading 45.2 MiB of 86.4 MiB");
    }

    static Properties job(Map<Property, Value> values) throws BusFailure {
        return FakeBus.job(values).properties();
    }
}
