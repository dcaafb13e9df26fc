package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.client.lab.Lab;

/// What was switched to is on trial. dev/system-test has what counts its boots and goes back; here the lines
/// are written that it writes.
class TrialIT {
    private static final String RECORD = "/var/lib/container-snap/state/trials/";

    @RegisterExtension
    final Lab lab = Lab.machine();

    private final Machine machine = new Machine(lab);
    private String image;

    @BeforeEach
    void pull() {
        image = machine.pull("tiny:1");
    }

    private String trial() {
        return machine.property("", "Manager", "Trial");
    }

    private String status() {
        return lab.snap("status").ok();
    }

    private void happens(String... lines) {
        for (String line : lines) {
            lab.bash("echo \"$1\" >>" + RECORD + image, line).ok();
        }
    }

    /// The machine is back in the system that it was switched from.
    private void goBack(String... lines) {
        machine.switchTo(image);
        happens(lines);
        lab.bash("btrfs subvolume set-default \"$(btrfs inspect-internal rootid /)\" /")
                .ok();
        lab.reboot();
    }

    @Test
    void aNewSystemIsOnTrialUntilItIsFoundGood() {
        assertThat(trial()).isEqualTo("a{sv} 0");
        assertThat(machine.json("status")).contains(".trial null");
        machine.switchTo(image);
        assertThat(status()).contains("trial      the next boot, in at most 3 tries\n");
        assertThat(lab.bash("head -n 4 " + RECORD + image).ok())
                .startsWith("snapshot " + image + "\nback ")
                .endsWith("\ntries 3\nseconds 600\n");

        lab.reboot();
        happens("try");
        assertThat(status()).contains("trial      what is booted, try 1 of 3\n");
        lab.bash("mkdir -p /run/container-snap-trial; touch /run/container-snap-trial/snapshot")
                .ok();
        assertThat(lab.snap("bless").ok()).isEmpty();
        assertThat(lab.bash("ls /run/container-snap-trial").ok()).isEmpty();
        assertThat(status()).doesNotContain("trial");
        assertThat(machine.json("status"))
                .contains(".trial.verdict \"good\"", ".trial.tries 1", ".trial.snapshot \"" + image + '"');
        assertThat(lab.bash("tail -n 1 " + RECORD + image).ok()).isEqualTo("good\n");
        assertThat(lab.snap("bless").ok()).isEmpty();
    }

    @Test
    void aTryThatFailedIsToldInTheNextOne() {
        machine.switchTo(image);
        lab.reboot();
        happens("try", "started", "failed the check 10-network ended with 1: no route", "try");
        assertThat(status())
                .contains(
                        "trial      what is booted, try 2 of 3\n           the check 10-network ended with 1: no route\n");
    }

    @ParameterizedTest
    @CsvSource({
        "try, its services did not start",
        "try;started, 'it started, but was not found good in 600 s'",
        "try;started;failed the check x ended with 1: no, the check x ended with 1: no",
        "try;started;failed one;try, its services did not start"
    })
    void theSystemThatTheMachineWentBackToTellsWhy(String lines, String reason) {
        goBack((lines + ";back-taken").split(";"));

        long tries = lines.chars().filter(c -> c == 'y').count();
        assertThat(status())
                .contains(
                        "trial      failed after " + tries + " of 3 tries: " + image + '\n', reason, "rollback   none");
        assertThat(trial()).contains("\"verdict\" s \"failed\"");
        lab.snap("switch", image).ok();
        assertThat(trial()).contains("\"verdict\" s \"pending\"", "\"tries\" t 0");
    }

    @Test
    void whatTheMachineWentBackFromCanBeDeleted() {
        goBack("try", "back-taken");
        lab.snap("delete", "--id", image).ok();
        assertThat(machine.snapshots()).isEmpty();
        assertThat(trial()).contains("\"verdict\" s \"failed\"");
    }

    @Test
    void aSwitchThatIsTakenBackIsNotOnTrial() {
        machine.switchTo(image);
        lab.snap("rollback").ok();
        assertThat(trial()).isEqualTo("a{sv} 0");
        assertThat(lab.run("test", "-e", RECORD + image).status()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "snapshot x\nback 5\ntries 3\nseconds 600\n", "\\0\\0"})
    void aRecordThatIsDamagedIsNone(String damage) {
        machine.switchTo(image);
        lab.bash("printf \"$1\" >" + RECORD + image, damage).ok();
        assertThat(trial()).isEqualTo("a{sv} 0");
        lab.snap("switch", machine.create(image)).ok();
        assertThat(trial()).contains("\"verdict\" s \"pending\"");
    }

    @Test
    void nobodyIsPutOnTrialWhereTheAdministratorWantsNone() {
        lab.bash("""
                        mv "$1" "$1.real"
                        printf '#!/bin/sh\\nCONTAINER_SNAPD_TRIAL_TRIES=0 exec %s.real\\n' "$1" >"$1"
                        chmod 755 "$1"
                        """, "/usr/libexec/container-snap/container-snapd").ok();
        String pid = Daemon.of(lab).pid();
        lab.run("kill", pid).ok();
        Await.until("the end of the service", () -> lab.run("kill", "-0", pid).status() != 0);
        machine.switchTo(image);
        assertThat(trial()).isEqualTo("a{sv} 0");
    }
}
