package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.story.Bus.Job;
import org.opensuse.containersnap.client.story.Stage.Phase;
import org.opensuse.containersnap.client.story.Stage.Scene;

/// The daemon is asked to stop as its unit is, by SIGTERM, while a job is in each of its phases: everybody gets their
/// answer, nothing is left, and it ends with 0 long before systemd would kill it.
@Isolated("it measures time")
class StopIT {
    private static final String DAEMON = "/usr/libexec/container-snap/container-snapd";
    private static final String EXIT_STATUS = "/run/exit-status";

    /// TimeoutStopSec of the unit.
    private static final Duration MOST = Duration.ofSeconds(30);

    @RegisterExtension
    static final Lab lab = Lab.machine();

    private static final Machine machine = new Machine(lab);
    private static final Bus bus = new Bus(lab);
    private static Stage stage;

    private List<String> before = List.of();

    /// The daemon writes down how it ended.
    @BeforeAll
    static void setUp() {
        lab.bash(
                        "mv \"$1\" \"$1.real\"; printf '#!/bin/sh\\n%s.real; echo $? >%s\\n' \"$1\" \"$2\" >\"$1\"; chmod 755 \"$1\"",
                        DAEMON, EXIT_STATUS)
                .ok();
        stage = new Stage(lab);
    }

    @BeforeEach
    void stop() {
        if (bus.serviceRuns()) {
            stopAndGetStatus();
        }
        before = machine.traces();
    }

    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"SNAPSHOTTING", "DELETING"},
            mode = EnumSource.Mode.EXCLUDE)
    void aStopCancelsWhatCanBeCancelled(Phase phase) throws Exception {
        try (Scene scene = stage.open(phase)) {
            Instant begin = Instant.now();

            assertThat(stopAndGetStatus()).isEqualTo("0");

            Duration took = Duration.between(begin, Instant.now());
            System.out.printf("stopped while %s: that took %d ms%n", phase, took.toMillis());
            assertThat(took).isLessThan(MOST);
            assertThat(scene.status()).isEqualTo(1);
            assertThat(scene.lastWords())
                    .endsWith(
                            " was cancelled, because container-snapd was stopped; nothing was changed, start it again");
            assertThat(machine.traces()).containsExactlyElementsOf(before);
            assertTheNextStartFindsNothingToDo();
            List<Job> jobs = new ArrayList<>(scene.others());
            jobs.add(scene.job());
            assertThat(jobs).allMatch(job -> job.state().equals("cancelled"));
        }
    }

    @Test
    void aDeletionThatHasBegunComesToItsEnd() throws Exception {
        try (Scene scene = stage.open(Phase.DELETING)) {
            assertItWaitsFor(scene);

            assertThat(machine.traces()).containsExactlyElementsOf(before);
            assertTheNextStartFindsNothingToDo();
            assertThat(scene.job().state()).isEqualTo("succeeded");
        }
    }

    @Test
    void anImageThatHasComeGetsItsRoot() throws Exception {
        try (Scene scene = stage.open(Phase.SNAPSHOTTING)) {
            assertItWaitsFor(scene);

            before = machine.traces();
            assertTheNextStartFindsNothingToDo();
            assertThat(scene.job().state()).isEqualTo("succeeded");
            String image = machine.images().getFirst();
            assertThat(machine.snapshots()).containsExactly(image);
            lab.snap("delete", "--id", image).ok();
        }
    }

    private static void assertItWaitsFor(Scene scene) throws Exception {
        lab.run("rm", "-f", EXIT_STATUS).ok();
        int logged = lab.log().length();
        bus.stopService();
        Await.until("the stop", () -> lab.log().substring(logged).contains("waits for a job"));

        assertThat(lab.snap("jobs").ok()).containsPattern("  (snapshotting|deleting)");
        assertThat(lab.snap("pull", "localhost/later:1").err()).contains("is stopping");
        scene.goOn();

        assertThat(exitStatus()).isEqualTo("0");
        assertThat(scene.status()).isZero();
    }

    /// The store is as it was, and no podman is run to make it so.
    private void assertTheNextStartFindsNothingToDo() {
        String log = lab.log();
        assertThat(lab.snap("status").ok()).contains("jobs       none");
        assertThat(withoutProcesses(machine.traces())).containsExactlyElementsOf(withoutProcesses(before));
        assertThat(lab.log().substring(log.length()))
                .contains("ready version=")
                .doesNotContain("interrupted", "dropped", "removes", "ends the podman");
    }

    private static List<String> withoutProcesses(List<String> traces) {
        return traces.stream().filter(line -> !line.startsWith("process ")).toList();
    }

    private static String stopAndGetStatus() {
        lab.run("rm", "-f", EXIT_STATUS).ok();
        bus.stopService();
        return exitStatus();
    }

    private static String exitStatus() {
        Await.until(
                "the end of the daemon",
                () -> lab.run("test", "-s", EXIT_STATUS).status() == 0);
        return lab.run("cat", EXIT_STATUS).line();
    }
}
