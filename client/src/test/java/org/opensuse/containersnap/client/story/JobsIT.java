package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.Lab;

/// Whoever asks later can read what happened.
class JobsIT {
    @RegisterExtension
    final Lab lab = Lab.machine();

    private final Machine machine = new Machine(lab);
    private final Bus bus = new Bus(lab);

    @Test
    void jobsAreReadableAfterARestartAndAReboot() {
        String image = machine.pull("tiny:1");
        assertThat(lab.snap("pull", lab.image("nothing:1")).status()).isEqualTo(1);
        machine.switchTo(image);
        String before = lab.snap("jobs", "--json").ok();
        assertThat(lab.snap("jobs").ok().lines().map(line -> line.replaceAll("\\d{4}-\\S+ \\S+ UTC", "TIME")))
                .containsExactly(
                        "1  TIME  pull docker://" + lab.image("tiny:1") + "  succeeded",
                        "2  TIME  pull docker://" + lab.image("nothing:1") + "  failed",
                        "    can't pull docker://" + lab.image("nothing:1")
                                + ": the registry has no such image or tag");
        assertThat(before).contains("\"images\"", image, "Error.PullFailed");

        bus.killService();
        assertThat(lab.snap("jobs", "--json").ok()).isEqualTo(before);

        lab.reboot();
        assertThat(lab.snap("jobs", "--json").ok()).isEqualTo(before);
        machine.pull("relabel:1");
        assertThat(machine.json("jobs")).contains("[2].id 3", "[2].state \"succeeded\"");
    }

    @Test
    void theLastFiftyAreKept() {
        for (int i = 0; i < 53; i++) {
            assertThat(lab.snap("pull", lab.image("nothing:" + i)).status()).isEqualTo(1);
        }
        bus.killService();

        List<String> paths =
                lab.run("ls", "/var/lib/container-snap/state/jobs").ok().lines().toList();
        assertThat(paths).hasSizeBetween(50, 51).contains("53.json").doesNotContain("1.json", "2.json");
        assertThat(lab.snap("jobs").ok().lines().filter(line -> line.endsWith("  failed")))
                .hasSizeBetween(50, 51);
    }
}
