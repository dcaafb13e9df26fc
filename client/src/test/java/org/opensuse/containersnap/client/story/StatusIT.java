package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.Lab;

/// Someone wants to know what their machine runs, what it boots next, and why that is something else.
class StatusIT {
    @RegisterExtension
    final Lab lab = Lab.machine();

    private final Machine machine = new Machine(lab);

    private String status() {
        return lab.snap("status").ok();
    }

    private void assertChosenBy(String json, String words) {
        List<String> status = machine.json("status");
        assertThat(status).contains(".default_chosen_by " + json);
        if (json.equals("null")) {
            assertThat(status).contains(".default_chosen null");
        } else {
            assertThat(status).anyMatch(line -> line.matches("\\.default_chosen \"20[0-9T:.-]+Z\""));
        }
        assertThat(status())
                .containsPattern("\n           " + words + (json.equals("null") ? "" : " 20.* \\(.*\\)")
                        + ": reboot to use it\n");
    }

    @Test
    void whatChoseTheNextBootIsTold() {
        assertThat(machine.json("status")).contains(".default_chosen_by null", ".reboot_needed false");
        String image = machine.pull("tiny:1");
        machine.switchTo(image);
        assertChosenBy("\"switch\"", "chosen by a switch");
        machine.comesUp();

        String moved =
                BootableImage.push(lab, "tiny", "1", "echo new >etc/vendor").id();
        assertThat(lab.snap("update").status()).isZero();
        assertChosenBy("\"update\"", "chosen by an update");
        lab.snap("rollback").ok();
        assertThat(machine.json("status")).contains(".default_chosen_by \"rollback\"", ".reboot_needed false");
        lab.snap("rollback").ok();
        assertChosenBy("\"rollback\"", "chosen by a rollback");
        assertThat(lab.snap("deploy", moved).status()).isZero();
        assertChosenBy("\"deploy\"", "chosen by a deployment");
        assertThat(lab.log()).doesNotContain("can't");

        // What somebody does with other means has no record.
        lab.run("btrfs", "subvolume", "set-default", "/var/lib/container-snap/roots/" + moved)
                .ok();
        assertChosenBy("null", "differs from what is booted");
    }

    @Test
    void anUpdateByItselfIsToldAsSuchAlsoAfterARestartOfTheService() {
        machine.switchTo(machine.pull("tiny:1"));
        machine.comesUp();
        BootableImage.push(lab, "tiny", "1", "echo new >etc/vendor");
        assertThat(lab.snap("update", "--policy", "stage").status()).isZero();
        assertChosenBy("\"automatic-update\"", "chosen by an automatic update");
        assertThat(machine.property("", "Manager", "DefaultChosenBy")).isEqualTo("s \"automatic-update\"");
        String when = machine.property("", "Manager", "DefaultChosenTime");
        assertThat(when).matches("t [0-9]{16}");

        new Bus(lab).stopService();

        assertThat(machine.property("", "Manager", "DefaultChosenTime")).isEqualTo(when);
        lab.snap("rollback", "--forget").ok();
        assertChosenBy("null", "differs from what is booted");
    }

    @Test
    void theVersionIsThatOfTheImageAlsoWhenTheImageIsGone() {
        String image = machine.pull("tiny:1");
        String work = machine.create(image);
        machine.switchTo(work);
        assertThat(status()).contains(", version 1, made 20", " (just now)");
        assertThat(machine.json("list-snapshots")).contains("[0].version \"1\"", "[1].version \"1\"");
        assertThat(machine.property("snapshot/" + work.replace('-', '_'), "Snapshot", "Version"))
                .isEqualTo("s \"1\"");
        machine.comesUp();

        lab.snap("delete", "--id", image).ok();

        assertThat(machine.images()).isEmpty();
        assertThat(status()).contains(", version 1, made 20");
        assertThat(machine.json("status")).contains(".snapshots[0].version \"1\"");
    }
}
