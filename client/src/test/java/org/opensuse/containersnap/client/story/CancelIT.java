package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.story.Bus.Job;
import org.opensuse.containersnap.client.story.Stage.Phase;
import org.opensuse.containersnap.client.story.Stage.Scene;

/// A job that says that it can be cancelled can, wherever it is: what works for it ends within two seconds, and
/// everything is as it was before.
@Isolated("it measures time")
class CancelIT {
    /// The promise of the contract.
    private static final long MOST_MILLIS_OF_PROGRAMS = 2000;

    /// What was unpacked has to be deleted; twice what an idle machine with a slow disk takes.
    private static final long MOST_MILLIS_OF_THE_JOB = 5000;

    @RegisterExtension
    static final Lab lab = Lab.machine();

    private static final Machine machine = new Machine(lab);
    private static Stage stage;

    @BeforeAll
    static void setUp() {
        stage = new Stage(lab);
    }

    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"SNAPSHOTTING", "DELETING"},
            mode = EnumSource.Mode.EXCLUDE)
    void cancelEndsWhatRunsAndLeavesEverythingAsItWas(Phase phase) throws Exception {
        List<String> before = machine.traces();
        try (Scene scene = stage.open(phase)) {
            Job job = scene.job();
            assertThat(job.get("Cancelable")).isEqualTo("true");

            String[] millis =
                    lab.run(stage.resource("cancel-meter"), job.path()).line().split(" ", 2);

            System.out.printf(
                    "cancelled while %s: what worked for it ended after %s ms, the job after %s ms%n",
                    phase, millis[0], millis[1]);
            assertThat(job.state()).isEqualTo("cancelled");
            assertThat(job.get("Cancelable")).isEqualTo("false");
            assertThat(scene.status()).isEqualTo(1);
            assertThat(scene.lastWords()).endsWith(" was cancelled; nothing was changed");
            for (Job other : scene.others()) {
                assertThat(other.state()).isEqualTo("running");
                other.cancel().ok();
                assertThat(other.end()).isEqualTo("cancelled");
            }
            assertThat(machine.traces()).containsExactlyElementsOf(before);
            assertThat(Long.parseLong(millis[0])).isLessThan(MOST_MILLIS_OF_PROGRAMS);
            assertThat(Long.parseLong(millis[1])).isLessThan(MOST_MILLIS_OF_THE_JOB);
        }
    }

    @Test
    void aDeletionThatHasBegunSaysThatItCanNotBeCancelled() throws Exception {
        List<String> before = machine.traces();
        try (Scene scene = stage.open(Phase.DELETING)) {
            assertThat(scene.job().get("Cancelable")).isEqualTo("false");

            Bus.assertRefused(scene.job().cancel(), Bus.ERROR + "NotCancelable", "deleting");

            scene.goOn();
            assertThat(scene.job().end()).isEqualTo("succeeded");
            assertThat(scene.status()).isZero();
            assertThat(machine.traces()).containsExactlyElementsOf(before);
        }
    }
}
