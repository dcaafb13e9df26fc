package org.opensuse.containersnap.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Properties;
import org.opensuse.containersnap.client.wire.Property;
import org.opensuse.containersnap.client.wire.Value;

class ProgressReportTest {
    private final FakeHost host = new FakeHost();

    @Test
    void elsewhereThanOnATerminalThereIsALineASecondAndOneAPhase() throws BusFailure {
        ProgressReport report = new ProgressReport(host, "os:1");
        report.changed(at("connecting", 0));
        report.changed(at("downloading", 1));
        host.now = 500;
        report.changed(at("downloading", 2));
        host.now = 1000;
        report.changed(at("downloading", 3));
        host.now = 5000;
        report.changed(at("downloading", 3));
        report.changed(at("", 3));
        report.clear();
        assertThat(host.error).hasToString("""
                connecting
                downloading 1 B
                downloading 3 B
                """);
    }

    @Test
    void onATerminalOneLineIsRedrawnAndTakenAway() throws BusFailure {
        host.errorTerminal = true;
        ProgressReport report = new ProgressReport(host, "os:1");
        report.changed(at("downloading", 1));
        report.changed(at("storing", 1));
        report.clear();
        report.clear();
        assertThat(host.error)
                .hasToString("\ros:1  1 B  downloading\ros:1  1 B  storing    \r" + " ".repeat(18) + "\r");
    }

    private static Properties at(String phase, long bytes) throws BusFailure {
        return ProgressTest.job(Map.of(
                Property.JOB_STATE, Value.of("running"),
                Property.JOB_PHASE, Value.of(phase),
                Property.JOB_BYTES_DONE, new Value.Whole(bytes)));
    }
}
