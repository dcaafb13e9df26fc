package org.opensuse.containersnap.bus;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HookReportTest {
    private static final Path FIRST = Path.of("/etc/container-snap/deploy.d/10-first");
    private static final Path SECOND = Path.of("/etc/container-snap/deploy.d/20-second");

    private final HookReport report = new HookReport();

    @Test
    void eachHookHasARowInTheirOrder() {
        report.begins(SECOND, 1, 2, true);
        report.begins(FIRST, 2, 2, true);
        report.line(FIRST, "one");
        report.line(FIRST, "two");

        assertThat(report.rows())
                .containsExactly(
                        Map.of("hook", SECOND.toString(), "output", ""),
                        Map.of("hook", FIRST.toString(), "output", "one\ntwo"));
    }

    @Test
    void ofAHookThatPrintsMuchTheLastLinesStay() {
        report.begins(FIRST, 1, 1, true);
        IntStream.range(0, 1000).forEach(i -> report.line(FIRST, "line " + i));

        assertThat(report.rows().getFirst().get("output"))
                .isEqualTo(IntStream.range(1000 - HookReport.LINES, 1000)
                        .mapToObj(i -> "line " + i)
                        .collect(Collectors.joining("\n")));
    }
}
