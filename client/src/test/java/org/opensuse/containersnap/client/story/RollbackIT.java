package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.ROOTS;
import static org.opensuse.containersnap.client.story.Machine.STATE;
import static org.opensuse.containersnap.client.story.Machine.assertRefused;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.Lab;

/// Someone whose new system is worse than the old one goes back with one command, whatever the old one was.
class RollbackIT {
    private static final String RECORD = STATE + "state/rollback/target.json";

    @RegisterExtension
    final Lab lab = Lab.machine();

    private final Machine machine = new Machine(lab);
    private String image = "";

    @BeforeEach
    void pull() {
        image = machine.pull("tiny:1");
    }

    private String next() {
        return machine.property("", "Manager", "DefaultSubvolume");
    }

    private static String quoted(String path) {
        return "s \"" + path + "\"";
    }

    private static String quotedRoot(String id) {
        return quoted("@container-snap/roots/" + id);
    }

    private String back() {
        return machine.property("", "Manager", "RollbackSubvolume");
    }

    /// The subvolume that the machine was installed into is no snapshot: nothing else than its ID in btrfs leads there.
    @Test
    void theWayBackLeadsToTheInstalledSystemAndForthAgain() {
        String work = machine.create(image);
        machine.switchTo(work);
        assertThat(lab.snap("status").ok()).contains("\nrollback   subvolume @ (not a container-snap snapshot)\n");
        lab.reboot();
        assertThat(lab.snap("get-current").line()).isEqualTo(work);

        assertThat(lab.snap("rollback").ok()).isEmpty();

        assertThat(next()).isEqualTo(quoted("@"));
        assertThat(lab.snap("status").ok())
                .contains("next boot  subvolume @ (not a container-snap snapshot)\n")
                .contains("\nrollback   " + work + "\n");
        assertThat(machine.json("status"))
                .contains(
                        ".rollback_snapshot \"" + work + "\"",
                        ".rollback_subvolume \"@container-snap/roots/" + work + "\"");
        lab.reboot();
        assertThat(machine.property("", "Manager", "BootedSubvolume")).isEqualTo(quoted("@"));
        assertThat(lab.log()).doesNotContain("can't");

        lab.snap("rollback").ok();
        lab.reboot();
        assertThat(lab.snap("get-current").line()).isEqualTo(work);
        assertThat(back()).isEqualTo(quoted("@"));
    }

    @Test
    void beforeAnyRebootItTakesBackTheSwitchAndThenGoesTheOtherWay() {
        machine.switchTo(image);
        lab.snap("rollback").ok();
        assertThat(next()).isEqualTo(quoted("@"));
        lab.snap("rollback").ok();
        assertThat(next()).isEqualTo(quotedRoot(image));
        assertThat(back()).isEqualTo(quoted("@"));
    }

    @Test
    void aSwitchToWhatRunsCanBeTakenBackToo() {
        String running = machine.create(image);
        machine.switchTo(running);
        machine.comesUp();
        String other = machine.create(image);
        machine.switchTo(other);
        assertThat(back()).isEqualTo(quotedRoot(running));

        machine.switchTo(running);

        assertThat(back()).isEqualTo(quotedRoot(other));
        lab.snap("rollback").ok();
        assertThat(lab.snap("get-default").line()).isEqualTo(other);
        assertThat(back()).isEqualTo(quotedRoot(running));
    }

    @Test
    void itGoesToWhatWasBootedWhateverElseWasMadeAndChosenSince() {
        String running = machine.create(image);
        machine.switchTo(running);
        lab.reboot();
        machine.switchTo(image);
        String other = machine.create(running);
        machine.switchTo(other);
        machine.switchTo(other);
        machine.create(other);
        machine.pull("relabel:1");
        machine.switchTo(image);
        lab.snap("delete", "--id", other).ok();
        assertThat(back()).isEqualTo(quotedRoot(running));
        lab.reboot();
        assertThat(lab.snap("get-current").line()).isEqualTo(image);

        lab.snap("rollback").ok();

        assertThat(lab.snap("get-default").line()).isEqualTo(running);
    }

    @Test
    void withoutASwitchThereIsNowhereToGo() {
        assertRefused(lab.snap("rollback"), "can't roll back", "has not switched", "container-snap switch");
        assertThat(lab.snap("status").ok()).contains("\nrollback   none\n");
        assertThat(next()).isEqualTo(quoted("@"));
    }

    @Test
    void whatIsGoneOrAnotherOneIsNotGoneTo() {
        String running = machine.create(image);
        machine.switchTo(running);
        machine.comesUp();
        machine.switchTo(image);
        machine.comesUp();
        lab.run("btrfs", "-q", "subvolume", "delete", ROOTS + running).ok();

        assertRefused(lab.snap("rollback"), "can't roll back", "@container-snap/roots/" + running, "is gone");
        assertThat(machine.json("status")).contains(".rollback_snapshot null", ".rollback_subvolume null");

        lab.bash("sed -i 's/\"id\":[0-9]*/\"id\":'$(btrfs inspect-internal rootid /)'/' " + RECORD)
                .ok();
        assertRefused(lab.snap("rollback"), "can't roll back", "another one has its place");
        assertThat(next()).isEqualTo(quotedRoot(image));
    }

    @Test
    void whatTheNextBootTakesAlreadyIsNotGoneTo() {
        machine.switchTo(image);
        lab.bash("btrfs subvolume set-default \"$(btrfs inspect-internal rootid /)\" /")
                .ok();

        assertRefused(lab.snap("rollback"), "can't roll back", "'@'", "the next boot takes already");
    }

    @Test
    void aSubvolumeThatWasRenamedIsFoundAgain() {
        String running = machine.create(image);
        machine.switchTo(running);
        machine.comesUp();
        machine.switchTo(image);
        machine.comesUp();
        lab.run("mv", ROOTS + running, STATE + "kept").ok();

        lab.snap("rollback").ok();

        assertThat(next()).isEqualTo(quoted("@container-snap/kept"));
    }

    @Test
    void whereARollbackGoesIsNotDeletedUntilThatIsGivenUp() {
        String running = machine.create(image);
        machine.switchTo(running);
        machine.comesUp();
        machine.switchTo(image);
        machine.comesUp();
        assertRefused(
                lab.snap("delete", "--id", running),
                "can't delete " + running + ": a rollback goes to it",
                "'container-snap rollback --forget'");
        machine.switchTo(machine.create(image));
        machine.comesUp();
        assertRefused(lab.snap("delete", "--id", image), "can't delete " + image + ": a rollback goes to it");
        lab.snap("delete", "--id", running).ok();

        assertThat(lab.snap("rollback", "--forget").ok()).isEmpty();

        assertThat(lab.snap("status").ok()).contains("\nrollback   none\n");
        assertRefused(lab.snap("rollback"), "told to forget");
        lab.snap("rollback", "--forget").ok();
        lab.snap("delete", "--id", image).ok();
        assertThat(machine.snapshots()).containsExactly(image + "-work2");
    }

    @Test
    void aDamagedRecordIsSetAsideAndTheNextSwitchMakesAnother() {
        machine.switchTo(image);
        lab.bash("echo '{\"id\": 5}' >" + RECORD).ok();

        assertRefused(lab.snap("rollback"), "can't roll back");
        lab.run("test", "-e", STATE + "state/damaged/rollback-1-target.json").ok();

        machine.switchTo(machine.create(image));
        assertThat(back()).isEqualTo(quoted("@"));
    }
}
