package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.assertRefused;
import static org.opensuse.containersnap.client.story.Machine.assertWrongCommandLine;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Lab.Result;
import org.opensuse.containersnap.client.lab.RegistryImage;

/// Someone has their machine take what the registry has now of the system that it runs.
class UpdateIT {
    private static final int NOTHING_NEW = 77;
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

    @RegisterExtension
    final Lab lab = Lab.machine();

    private final Machine machine = new Machine(lab);
    private final Bus bus = new Bus(lab);

    /// The machine runs the image under the tag, which has nothing of its own that would hide what is under test.
    @BeforeEach
    void boot() {
        machine.switchTo(machine.pull("tiny:1"));
        machine.comesUp();
        assertThat(lab.snap("get-current").line()).isEqualTo(machine.snapshots().getFirst());
    }

    /// Moves the tag to an image that meets all requirements.
    private RegistryImage push(String more) {
        return BootableImage.push(lab, "tiny", "1", more);
    }

    /// By somebody who may not do it, and whom nobody can ask for a password.
    private Result asNobody(String... words) {
        return lab.run(Stream.concat(
                        Stream.of(
                                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--", "container-snap"),
                        Stream.of(words))
                .toArray(String[]::new));
    }

    private String checkedDigest() {
        Matcher digest = DIGEST.matcher(lab.snap("update", "--check").ok());
        assertThat(digest.find()).isTrue();
        return digest.group();
    }

    private void assertNothingNew() {
        Result result = lab.snap("update");
        assertThat(result.status()).as(result.err()).isEqualTo(NOTHING_NEW);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).endsWith("container-snap: there is nothing new\n");
    }

    private void assertDoesNothing(String policy) {
        Result result = lab.snap("update", "--policy", policy);
        assertThat(result.status()).as(result.err()).isEqualTo(NOTHING_NEW);
    }

    /// A system in which a bus and podman start.
    private RegistryImage pushOneThatStarts(String version) {
        return push("echo " + version + " >etc/vendor; grep messagebus /etc/passwd >>etc/passwd;"
                + " mkdir -p etc/containers; cp /etc/containers/policy.json etc/containers");
    }

    private static void assertFailed(Result result, String... why) {
        assertThat(result.status()).as(result.out()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines()).last().asString().contains(why);
    }

    @Test
    void theMachineTakesWhatTheRegistryHasNowOnce() {
        assertNothingNew();
        RegistryImage moved = push("echo new >etc/vendor");
        lab.bash("echo mine >/etc/mine").ok();
        String digest = checkedDigest();

        Result updated = lab.snap("update", "--digest", digest);

        assertThat(updated.status()).as(updated.err()).isZero();
        assertThat(updated.out()).isEqualTo(moved.id() + "-work1\n");
        assertThat(bus.lastJob().get("Operation")).isEqualTo("\"update\"");
        assertThat(bus.lastJob().get("Target"))
                .isEqualTo("\"docker://" + lab.image("tiny:1") + " digest=" + digest + '"');
        assertThat(bus.lastJob().get("Result")).contains("\"digest\" as 1 \"" + digest + '"');
        assertThat(lab.snap("get-default").line()).isEqualTo(moved.id() + "-work1");
        List<String> before = machine.snapshots();
        assertNothingNew();
        assertThat(machine.snapshots()).isEqualTo(before);

        lab.reboot();
        assertThat(lab.run("cat", "/etc/vendor", "/etc/mine").ok()).isEqualTo("new\nmine\n");
    }

    @Test
    void whatMovedAfterItWasShownIsNotTaken() {
        push("echo shown >etc/vendor");
        String shown = checkedDigest();
        push("echo sneaked >etc/vendor");
        List<String> snapshots = machine.snapshots();
        List<String> images = machine.images();

        Result refused = lab.snap("update", "--digest", shown);

        assertFailed(refused, "failed while connecting and is undone", "not " + shown + " as was asked for");
        assertThat(bus.lastJob().get("ErrorName")).isEqualTo('"' + Bus.ERROR + "DigestMismatch\"");
        assertThat(machine.snapshots()).isEqualTo(snapshots);
        assertThat(machine.images()).isEqualTo(images);
        assertThat(lab.snap("update", "--check").ok()).doesNotContain(shown);
    }

    @Test
    void anUpdateThatCanNotBootIsUndone() {
        push("rm usr/bin/rsync");
        List<String> images = machine.images();

        assertFailed(lab.snap("update"), "failed while verifying and is undone", "rsync");

        assertThat(machine.images()).isEqualTo(images);
        assertThat(lab.snap("get-default").line())
                .isEqualTo(lab.snap("get-current").line());
    }

    @Test
    void aSystemOfNoRegistryAndWhatIsNoDigestAreRefused() {
        lab.snap("rollback").ok();
        lab.reboot();
        List<String> jobs = bus.jobs();
        assertRefused(lab.snap("update"), "no registry to ask", "is none of the snapshots");
        assertRefused(asNobody("update"), "no registry to ask");
        assertRefused(asNobody("update", "--check"), "no registry to ask");
        assertWrongCommandLine(lab.snap("update", "--digest", "sha256:1"), "expected 'sha256:' and 64");
        assertWrongCommandLine(lab.snap("update", "--json"), "--json is for --check");
        assertWrongCommandLine(lab.snap("update", "--policy", "often"), "'often'", "none, check, stage or apply");
        assertThat(bus.jobs()).isEqualTo(jobs);
    }

    /// As the timer's service calls it.
    @Test
    void aPolicySaysHowFarAnUpdateGoesThatNobodyAskedFor() {
        RegistryImage moved = push("echo new >etc/vendor");
        List<String> jobs = bus.jobs();

        assertDoesNothing("none");
        assertThat(bus.jobs()).isEqualTo(jobs);
        assertThat(lab.snap("update", "--policy", "check").ok()).contains("update     docker://");
        assertThat(machine.property("", "Manager", "UpdateAvailable")).isEqualTo("b true");
        assertThat(machine.images()).doesNotContain(moved.id());
        Result staged = lab.snap("update", "--policy", "stage");
        assertThat(staged.out()).isEqualTo(moved.id() + "-work1\n");
        assertThat(staged.err()).doesNotContain("connecting", "downloading", "verifying");
        assertThat(lab.snap("get-default").line()).isEqualTo(moved.id() + "-work1");
    }

    /// Or each night would fetch it, and each night in vain.
    @Test
    void aPolicyFetchesWhatCanNotBootOnce() {
        RegistryImage lacking = push("rm usr/bin/rsync");
        assertFailed(lab.snap("update", "--policy", "stage"), "failed while verifying and is undone", "rsync");
        bus.stopService();

        assertDoesNothing("stage");
        assertThat(bus.lastJob().get("BytesDone")).isEqualTo("0");
        assertFailed(lab.snap("update"), "failed while verifying and is undone", "rsync");
        assertThat(lab.snap("deploy", "--ignore", "rsync", lacking.reference()).status())
                .isZero();
        assertThat(lab.snap("get-default").line()).isEqualTo(lacking.id() + "-work1");
    }

    /// By kured, since this machine has no logind.
    @Test
    void aPolicyRestartsTheMachineOnceThereIsSomethingToRestartInto() {
        lab.bash("echo REBOOT_METHOD=kured >/etc/transactional-update.conf").ok();
        assertDoesNothing("apply");
        RegistryImage moved = push("echo new >etc/vendor");
        assertThat(lab.snap("update", "--policy", "stage").status()).isZero();
        assertThat(restartIsAsked()).isFalse();

        Result applied = lab.snap("update", "--policy", "apply");

        assertThat(applied.status()).as(applied.err()).isZero();
        assertThat(applied.out()).isEmpty();
        assertThat(applied.err()).contains("container-snap: kured restarts the machine\n");
        assertThat(restartIsAsked()).isTrue();
        assertThat(machine.snapshots()).hasSize(3).contains(moved.id() + "-work1");
    }

    @Test
    void aPolicyDoesNotRestartIntoWhatSomebodyChose() {
        lab.bash("echo REBOOT_METHOD=kured >/etc/transactional-update.conf").ok();
        RegistryImage moved = push("echo new >etc/vendor");
        assertThat(lab.snap("deploy", moved.reference()).status()).isZero();

        assertDoesNothing("apply");
        assertThat(restartIsAsked()).isFalse();
        assertThat(lab.snap("update", "--reboot").status()).isZero();
        assertThat(restartIsAsked()).isTrue();
    }

    private boolean restartIsAsked() {
        return lab.run("test", "-e", "/run/reboot-required").status() == 0;
    }

    @Test
    void whatWasRolledBackFromComesAgainOnlyWhenSomebodyAsksForIt() {
        RegistryImage moved = push("echo new >etc/vendor");
        String old = lab.snap("get-current").line();
        assertThat(lab.snap("update").status()).isZero();
        lab.snap("rollback").ok();
        assertThat(lab.snap("get-default").line()).isEqualTo(old);

        assertDoesNothing("stage");
        assertThat(lab.snap("get-default").line()).isEqualTo(old);
        assertThat(lab.snap("update").out()).isEqualTo(moved.id() + "-work2\n");
        assertThat(lab.snap("get-default").line()).isEqualTo(moved.id() + "-work2");
    }

    @Test
    void whatSomebodyChoseForTheNextBootStaysUntilSomebodyUpdates() {
        RegistryImage moved = push("echo new >etc/vendor");
        BootableImage.push(lab, "tiny", "2", "echo other >etc/vendor");
        String other = machine.pull("tiny:2");
        lab.snap("switch", other).ok();

        assertDoesNothing("stage");
        assertThat(lab.snap("get-default").line()).isEqualTo(other);
        assertThat(lab.snap("update").out()).isEqualTo(moved.id() + "-work1\n");
    }

    /// It would take the way back from the one that has not proved itself, or make it one.
    @Test
    void aSystemThatIsOnTrialUpdatesOnlyWhenSomebodyAsksForIt() {
        String proven = lab.snap("get-current").line();
        RegistryImage moved = pushOneThatStarts("new");
        assertThat(lab.snap("update").status()).isZero();
        lab.reboot();
        RegistryImage newer = pushOneThatStarts("newer");

        assertDoesNothing("stage");
        assertThat(lab.snap("get-default").line()).isEqualTo(moved.id() + "-work1");
        assertThat(lab.snap("update").out()).isEqualTo(newer.id() + "-work1\n");
        assertThat(machine.property("", "Manager", "RollbackSnapshot")).isEqualTo("s \"" + proven + '"');

        machine.comesUp();
        RegistryImage newest = push("echo newest >etc/vendor");
        assertThat(lab.snap("update", "--policy", "stage").out()).isEqualTo(newest.id() + "-work1\n");
        assertThat(machine.property("", "Manager", "RollbackSnapshot")).isEqualTo("s \"" + newer.id() + "-work1\"");
    }

    @Test
    void anUpdateThatWaitsForTheRebootMakesWayForANewerOne() {
        push("echo new >etc/vendor");
        assertThat(lab.snap("update", "--policy", "stage").status()).isZero();
        RegistryImage newer = push("echo newer >etc/vendor");

        assertThat(lab.snap("update", "--policy", "stage").out()).isEqualTo(newer.id() + "-work1\n");
        lab.snap("switch", newer.id() + "-work1").ok();
        push("echo newest >etc/vendor");
        assertDoesNothing("stage");
    }
}
