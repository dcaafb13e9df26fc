package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.ROOTS;
import static org.opensuse.containersnap.client.story.Machine.assertRefused;
import static org.opensuse.containersnap.client.story.Machine.assertWrongCommandLine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Lab.Result;
import org.opensuse.containersnap.client.lab.RegistryImage;

/// Someone takes a machine to another system in one step, and back.
class DeployIT {
    private static final String FLAG = "/run/reboot-needed";
    private static final String RESTART = "/run/reboot-required";

    /// What has a bootable root not meet a requirement.
    private static final Map<String, String> TAKE_AWAY = new LinkedHashMap<>();

    static {
        TAKE_AWAY.put("client", "rm usr/bin/container-snap");
        TAKE_AWAY.put("no-snapper", "cp usr/bin/rsync usr/bin/snapper");
        TAKE_AWAY.put("transactional-update", "rm usr/sbin/tukit");
        TAKE_AWAY.put("kernel", "rm usr/lib/modules/6.4.0/vmlinuz");
        TAKE_AWAY.put("systemd", "rm usr/lib/systemd/systemd; ln -s bash usr/bin/sh");
        TAKE_AWAY.put("boot-loader", "rm usr/sbin/grub2-install");
        TAKE_AWAY.put("rsync", "rm usr/bin/rsync");
        TAKE_AWAY.put("network", "rm usr/sbin/wickedd");
        TAKE_AWAY.put("architecture", "echo ARCHITECTURE=vax >>usr/lib/os-release");
        TAKE_AWAY.put("snapshots-directory", "rmdir .snapshots");
        TAKE_AWAY.put("login", "rm etc/passwd");
    }

    @RegisterExtension
    final Lab lab = Lab.machine();

    private final Machine machine = new Machine(lab);
    private final Bus bus = new Bus(lab);
    private RegistryImage first;

    @BeforeEach
    void pushTheFirstImage() {
        first = BootableImage.push(lab, "1", "echo first >etc/vendor; echo a >etc/mine; echo a >etc/both");
    }

    private RegistryImage pushTheSecondImage() {
        return BootableImage.push(
                lab, "2", "echo second >etc/vendor; echo a >etc/mine; echo image >etc/both; echo new >etc/new");
    }

    private boolean there(String file) {
        return lab.run("test", "-e", file).status() == 0;
    }

    private String content(String file) {
        return lab.run("cat", file).ok();
    }

    /// Without the record of an image, which has the numbers that were ever given.
    private List<String> traces() {
        return machine.traces().stream()
                .filter(line -> !line.matches("[0-9a-f]{64}  state/images/.*"))
                .toList();
    }

    /// Deploys and tells the new snapshot.
    private String deploy(String... arguments) {
        String[] command =
                Stream.concat(Stream.of("deploy"), Stream.of(arguments)).toArray(String[]::new);
        Result deployed = lab.snap(command);
        assertThat(deployed.status()).as(deployed.err()).isZero();
        return deployed.out().strip();
    }

    private String next() {
        return machine.property("", "Manager", "DefaultSubvolume");
    }

    @Test
    void theMachineRunsTheNewSystemWithWhatIsItsOwnAndGoesBack() {
        lab.bash("echo UUID=of-this-machine / btrfs >/etc/fstab; echo 'root:secret:1::::::' >/etc/shadow")
                .ok();
        String one = deploy(first.reference());
        assertThat(one).isEqualTo(first.id() + "-work1");
        assertThat(lab.snap("get-default").line()).isEqualTo(one);
        assertThat(there(FLAG)).isTrue();
        machine.comesUp();
        assertThat(lab.snap("get-current").line()).isEqualTo(one);
        assertThat(there(FLAG)).isFalse();
        assertThat(content("/etc/fstab")).isEqualTo("UUID=of-this-machine / btrfs\n");
        assertThat(content("/etc/shadow")).contains("root:secret:1:");
        assertThat(content("/etc/mine")).isEqualTo("a\n");
        lab.bash("echo person >/etc/mine; echo person >/etc/both; echo person >/etc/added")
                .ok();

        Result deployed = lab.snap("deploy", pushTheSecondImage().reference());

        String two = deployed.out().strip();
        assertThat(deployed.err())
                .contains("look at /etc/both: changed here and in the image, yours is in place;"
                        + " the image's is /etc/both.rpmnew\n")
                .doesNotContain("look at /etc/mine");
        assertThat(bus.lastJob().get("Result"))
                .contains("\"path\" s \"/etc/both\" \"reason\" s \"both-changed\" \"beside\" s \"/etc/both.rpmnew\"");
        assertThat(lab.snap("status").ok()).contains("\nrollback   " + one + "\n");
        machine.comesUp();
        assertThat(lab.snap("get-current").line()).isEqualTo(two);
        assertThat(content("/etc/vendor")).isEqualTo("second\n");
        assertThat(content("/etc/new")).isEqualTo("new\n");
        assertThat(content("/etc/mine")).isEqualTo("person\n");
        assertThat(content("/etc/added")).isEqualTo("person\n");
        assertThat(content("/etc/both")).isEqualTo("person\n");
        assertThat(content("/etc/both.rpmnew")).isEqualTo("image\n");
        assertThat(content("/etc/fstab")).isEqualTo("UUID=of-this-machine / btrfs\n");

        lab.snap("rollback").ok();
        machine.comesUp();
        assertThat(lab.snap("get-current").line()).isEqualTo(one);
        assertThat(content("/etc/vendor")).isEqualTo("first\n");
    }

    /// What is booted as it was pulled has changes too, which podman's layer tells.
    @Test
    void whatWasChangedInAnImageThatIsBootedItselfStays() {
        String image = machine.pull("made/bootable:1");
        lab.bash("cp -a /etc/. \"$1\"", ROOTS + image + "/etc").ok();
        machine.switchTo(image);
        lab.reboot();
        lab.bash("echo person >/etc/mine").ok();

        String two = deploy(pushTheSecondImage().reference());

        assertThat(content(ROOTS + two + "/etc/mine")).isEqualTo("person\n");
        assertThat(content(ROOTS + two + "/etc/vendor")).isEqualTo("second\n");
    }

    @Test
    void eachRequirementThatIsNotMetIsNamedBeforeAnythingIsMade() {
        String image = machine.pull("made/bootable:1");
        String names = lab.snap("verify", image).ok().replaceAll("(?m)^met +(\\S+).*\n", "$1 ");
        assertThat(names.split(" ")).containsExactly(TAKE_AWAY.keySet().toArray(new String[0]));
        TAKE_AWAY.forEach((name, script) -> {
            String lacking = machine.create(image);
            lab.bash("cd \"$1\"; " + script, ROOTS + lacking).ok();
            List<String> before = traces();

            Result refused = lab.snap("deploy", lacking);

            assertThat(refused.status()).isEqualTo(1);
            assertThat(refused.err()).contains("failed while verifying").contains("it does not meet " + name + " (");
            assertThat(traces()).containsExactlyElementsOf(before);
            String ignored = deploy("--ignore", name, "--stage-only", lacking);
            assertThat(machine.snapshots()).contains(ignored);
            lab.snap("delete", "--id", ignored).ok();
            lab.snap("delete", "--id", lacking).ok();
        });
    }

    @Test
    void anImageThatWasPulledForNothingGoesAgain() {
        RegistryImage lacking = BootableImage.push(lab, "lacking", "rm usr/bin/rsync usr/sbin/tukit");
        lab.snap("delete", "--id", machine.pull("made/bootable:lacking")).ok();
        List<String> before = traces();

        Result refused = lab.snap("deploy", lacking.reference());

        assertThat(refused.err()).contains("it does not meet transactional-update (", ", rsync (");
        assertThat(traces()).containsExactlyElementsOf(before);
        machine.pull("made/bootable:lacking");
        lab.snap("deploy", lacking.reference());
        assertThat(machine.images()).containsExactly(lacking.id());
    }

    @Test
    void theDigestMustBeThatOfTheRegistry() {
        String wrong = "sha256:" + "0".repeat(64);
        lab.snap("delete", "--id", machine.pull("made/bootable:1")).ok();
        List<String> before = traces();

        Result refused = lab.snap("deploy", "--digest", wrong, first.reference());

        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err())
                .contains("the manifest of docker://" + first.reference() + " has the digest " + first.digest()
                        + ", not " + wrong);
        assertThat(bus.lastJob().get("ErrorName")).isEqualTo('"' + Bus.ERROR + "DigestMismatch\"");
        assertThat(traces()).containsExactlyElementsOf(before);

        String deployed = deploy("--digest", first.digest(), first.reference());
        assertThat(lab.snap("get-default").line()).isEqualTo(deployed);
    }

    @Test
    void whatIsOnlyStagedIsNotBooted() {
        String staged = deploy("--stage-only", first.reference());

        assertThat(next()).isEqualTo("s \"@\"");
        assertThat(there(FLAG)).isFalse();
        assertThat(content(ROOTS + staged + "/etc/fstab")).isEqualTo(content("/etc/fstab"));
        lab.snap("switch", staged).ok();
        assertThat(lab.snap("get-default").line()).isEqualTo(staged);
    }

    @Test
    void whatIsNoRequirementNoDigestOrNotThereIsRefusedAtOnce() {
        String none = "f".repeat(64);
        assertWrongCommandLine(
                lab.snap("deploy", "--ignore", "teapot", first.reference()),
                "'teapot', which is no requirement; there are [client, ");
        assertWrongCommandLine(
                lab.snap("deploy", "--digest", "sha256:1", first.reference()), "expected 'sha256:' and 64");
        assertRefused(lab.snap("deploy", none), "there is no snapshot " + none);
        assertThat(bus.jobs()).isEmpty();
    }

    @Test
    void aRuleOfCarryOverThatSaysNothingKnownUndoesIt() {
        machine.pull("made/bootable:1");
        lab.bash("mkdir -p /etc/container-snap/carry-over.d; echo fry /etc >/etc/container-snap/carry-over.d/a.conf")
                .ok();
        List<String> before = traces();

        Result refused = lab.snap("deploy", first.id());

        assertThat(refused.err())
                .contains("the deploy of " + first.id() + " failed while carrying-over and is undone: ")
                .contains("a.conf', line 1");
        assertThat(bus.lastJob().get("ErrorName")).isEqualTo('"' + Bus.ERROR + "InvalidConfiguration\"");
        assertThat(traces()).containsExactlyElementsOf(before);
    }

    @Test
    void aCancelWhileItCarriesOverLeavesNothingAndNobodyElseComesNear() {
        lab.snap("delete", "--id", machine.pull("made/bootable:1")).ok();
        FailPoint failPoint = new FailPoint(lab);
        failPoint.install();
        bus.stopService();
        Await.until("the end of the service", () -> !bus.serviceRuns());
        failPoint.setWait("deploy/hooks#1");
        List<String> before = traces();

        Bus.Job job = bus.job(bus.manager("Deploy", Bus.text(first.reference()), "{}"));
        Await.until("the step", () -> lab.log().contains("step=deploy/hooks#1"));
        assertThat(job.get("Phase")).isEqualTo("\"carrying-over\"");
        String made = machine.snapshots().getLast();
        assertRefused(lab.snap("switch", made), "'deploy " + made + "' is at work on the same");
        job.cancel().ok();

        assertThat(job.end()).isEqualTo("cancelled");
        assertThat(traces()).containsExactlyElementsOf(before);
    }

    /// An administrator's hook, beside those that the machine was installed with.
    private void writeHook(String name, String script) {
        lab.bash("""
                        mkdir -p /etc/container-snap/deploy.d
                        printf '#!/bin/bash\\n%s\\n' "$2" >"/etc/container-snap/deploy.d/$1"
                        chmod 755 "/etc/container-snap/deploy.d/$1"
                        """, name, script).ok();
    }

    @Test
    void hooksMakeTheNewRootReady() {
        writeHook("70-outside", "echo \"ready $CONTAINER_SNAP_SNAPSHOT\"; echo hook >$CONTAINER_SNAP_ROOT/etc/ready");
        writeHook("80-inside.inside", "echo inside; read -r line </etc/ready; echo \"$line\" >/etc/ready-inside");

        String deployed = deploy(first.reference());

        assertThat(content(ROOTS + deployed + "/etc/ready")).isEqualTo("hook\n");
        assertThat(content(ROOTS + deployed + "/etc/ready-inside")).isEqualTo("hook\n");
        assertThat(there("/etc/ready")).isFalse();
        assertThat(bus.lastJob().get("Result"))
                .contains(
                        "\"hook\" s \"/etc/container-snap/deploy.d/70-outside\"",
                        "\"output\" s \"ready " + deployed + "\"")
                .contains("\"hook\" s \"/etc/container-snap/deploy.d/80-inside.inside\"", "\\ninside\"");
        assertThat(machine.json("jobs"))
                .contains(
                        "[0].result.conflicts []",
                        "[0].result.hooks[0].hook \"/etc/container-snap/deploy.d/70-outside\"",
                        "[0].result.hooks[0].output \"ready " + deployed + "\"");
        assertThat(lab.log()).contains("HookOutput: ready " + deployed);
    }

    @Test
    void aHookThatFailsUndoesIt() {
        machine.pull("made/bootable:1");
        writeHook(
                "70-fails",
                "btrfs -q subvolume create $CONTAINER_SNAP_ROOT/inner && btrfs -q subvolume create $CONTAINER_SNAP_ROOT/inner/one"
                        + " || exit 4; echo looked; echo no ESP >&2; exit 3");
        writeHook("80-not-run", "touch /etc/was-run");
        List<String> before = traces();

        Result refused = lab.snap("deploy", first.id());

        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err())
                .contains("the deploy of " + first.id() + " failed while running-hooks and is undone: ")
                .contains("70-fails", "exit", "3", "no ESP");
        assertThat(bus.lastJob().get("ErrorName")).isEqualTo('"' + Bus.ERROR + "HookFailed\"");
        assertThat(there("/etc/was-run")).isFalse();
        assertThat(next()).isEqualTo("s \"@\"");
        assertThat(traces()).containsExactlyElementsOf(before);
    }

    /// Until there is a file `/run/go`.
    private static final String WAIT = "touch /run/begun; while [[ ! -e /run/go ]]; do sleep 0.01; done; echo written";

    @Test
    void aHookThatChangesMoreThanTheSnapshotComesToItsEndAndThenACancelIsHeard() throws Exception {
        machine.pull("made/bootable:1");
        writeHook("70-loader.nocancel", WAIT);
        writeHook("80-later", "touch /run/later");
        List<String> before = traces();
        Process client = lab.start("container-snap", "deploy", first.id());
        Await.until("the hook", () -> there("/run/begun"));
        Bus.Job job = bus.lastJob();
        assertThat(job.get("Cancelable")).isEqualTo("false");
        job.cancel().ok();
        lab.run("touch", "/run/go").ok();

        assertThat(client.waitFor()).isEqualTo(1);
        assertThat(client.errorReader().lines())
                .last()
                .asString()
                .contains("was cancelled; its snapshot is gone, what hooks changed outside of it stays");
        assertThat(lab.log()).contains("HookOutput: written");
        assertThat(there("/run/later")).isFalse();
        assertThat(traces()).containsExactlyElementsOf(before);
    }

    @Test
    void whatCouldNotBeUndoneIsToldAndUndoneByTheNextDeployment() {
        machine.pull("made/bootable:1");
        writeHook("70-fails", "exit 3");
        List<String> before = traces();
        FailPoint failPoint = new FailPoint(lab);
        failPoint.install();
        bus.stopService();
        Await.until("the end of the service", () -> !bus.serviceRuns());
        failPoint.set("fail:deploy/undo-snapshot");

        assertThat(lab.snap("deploy", first.id()).err())
                .contains("failed while running-hooks: ")
                .contains("not all of it could be undone, which the next start of container-snapd tries again: ")
                .contains("a test has deploy/undo-snapshot fail");
        assertThat(machine.snapshots()).hasSize(2);

        assertThat(lab.snap("deploy", first.id()).err()).contains("failed while running-hooks and is undone: ");
        assertThat(traces()).containsExactlyElementsOf(before);
    }

    /// Else updates would come from where somebody was once allowed to pull it from.
    @Test
    void anImageThatCameFromElsewhereBeforeHasTheOriginThatItIsDeployedFrom() {
        String elsewhere = lab.image("made/elsewhere:1");
        lab.run(
                        "skopeo",
                        "copy",
                        "--quiet",
                        "--src-tls-verify=false",
                        "--dest-tls-verify=false",
                        "docker://" + first.reference(),
                        "docker://" + elsewhere)
                .ok();
        assertThat(machine.pull("made/elsewhere:1")).isEqualTo(first.id());

        String deployed = deploy(first.reference());

        assertThat(deployed).startsWith(first.id());
        assertThat(machine.property("snapshot/" + deployed.replace('-', '_'), "Snapshot", "Origin"))
                .isEqualTo("s \"docker://" + first.reference() + '"');
        assertThat(machine.property("snapshot/" + first.id(), "Snapshot", "Origin"))
                .isEqualTo("s \"docker://" + elsewhere + '"');
    }

    @Test
    void anImageThatSomebodyElsePulledMeanwhileStays() {
        FailPoint failPoint = new FailPoint(lab);
        failPoint.install();
        lab.snap("status").ok();
        bus.stopService();
        Await.until("the end of the service", () -> !bus.serviceRuns());
        failPoint.setWait("deploy/hooks#1");
        Bus.Job job = bus.job(bus.manager("Deploy", Bus.text(first.reference()), "{}"));
        Await.until("the step", () -> lab.log().contains("step=deploy/hooks#1"));
        assertThat(machine.pull("made/bootable:1")).isEqualTo(first.id());

        job.cancel().ok();

        assertThat(job.end()).isEqualTo("cancelled");
        assertThat(machine.images()).containsExactly(first.id());
        assertThat(machine.snapshots()).containsExactly(first.id());
    }

    /// The start removes it.
    @Test
    void halfOfADeploymentIsNotBooted() {
        String half = machine.create(machine.pull("made/bootable:1"));
        lab.bash("""
                        file=/var/lib/container-snap/state/snapshots/$1.json
                        sed 's/^{/{"deploying":true,/' "$file" >"$file.new"
                        mv "$file.new" "$file"
                        """, half).ok();

        assertRefused(
                lab.snap("switch", half),
                "can't switch to " + half + " now: it is half of a deployment",
                "which the next deploy removes");

        bus.stopService();
        Await.until("the end of the service", () -> !bus.serviceRuns());
        assertThat(machine.snapshots()).containsExactly(first.id());
    }

    @Test
    void aDryRunTellsWhatWouldBeDoneAndChangesNothing() {
        writeHook("70-hook", "touch /etc/was-run");
        String one = deploy(first.reference());
        lab.reboot();
        lab.bash("echo person >/etc/both").ok();
        machine.pull("made/bootable:1");
        RegistryImage second = pushTheSecondImage();
        List<String> before = traces();

        Result plan = lab.snap("deploy", "--dry-run", second.reference());

        assertThat(plan.out())
                .matches("pull        docker://" + second.reference() + ", " + second.digest()
                        + ", [0-9.]+ MiB to download\n"
                        + "verify      when the image is here\n"
                        + "snapshot    of the image\n"
                        + "carry-over  when the image is here\n"
                        + "hook        /etc/container-snap/deploy.d/70-hook\n"
                        + "switch      a rollback goes to " + one + "\n");
        assertThat(traces()).containsExactlyElementsOf(before);
        assertThat(there("/etc/was-run")).isFalse();

        machine.pull("made/bootable:2");
        before = traces();
        plan = lab.snap("deploy", "--dry-run", "--stage-only", second.reference());

        assertThat(plan.out())
                .matches("image       " + second.id() + " is here, " + second.digest() + "\n"
                        + "verify      all requirements are met\n"
                        + "snapshot    of " + second.id() + "\n"
                        + "carry-over  [0-9]+ paths of the running system\n"
                        + "hook        /etc/container-snap/deploy.d/70-hook\n"
                        + "stage       the next boot still takes " + one + "\n");
        assertThat(plan.err()).contains("look at /etc/both: changed here and in the image, yours is in place");
        assertThat(traces()).containsExactlyElementsOf(before);
    }

    /// This machine has no logind.
    @Test
    void theMachineIsRestartedAsTransactionalUpdateIsConfigured() {
        lab.bash("echo REBOOT_METHOD=now >/etc/transactional-update.conf").ok();
        Result wrong = lab.snap("deploy", "--reboot", first.reference());
        assertThat(wrong.status()).isEqualTo(1);
        assertThat(wrong.err()).contains("'/etc/transactional-update.conf', line 1: REBOOT_METHOD is 'now'");
        assertThat(machine.images()).isEmpty();

        lab.bash("echo REBOOT_METHOD=kured >/etc/transactional-update.conf").ok();
        assertThat(lab.snap("deploy", "--dry-run", "--reboot", first.reference())
                        .out())
                .endsWith("\nreboot      REBOOT_METHOD is kured\n");
        assertThat(there(RESTART)).isFalse();
        Result done = lab.snap("deploy", "--reboot", first.reference());
        assertThat(done.status()).as(done.err()).isZero();
        assertThat(done.err()).contains("\nrebooting ").endsWith("container-snap: kured restarts the machine\n");
        assertThat(there(RESTART)).isTrue();
        assertThat(bus.lastJob().get("Result")).contains("\"reboot\" aa{sv} 1 1 \"method\" s \"kured\"");

        lab.bash("rm /etc/transactional-update.conf").ok();
        Result refused = lab.snap("deploy", "--reboot", first.id());
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.out()).isEqualTo(first.id() + "-work2\n");
        assertThat(refused.err().lines())
                .last()
                .asString()
                .startsWith("container-snap: the machine is not restarted: systemd-logind does not do it: ")
                .endsWith("; restart it when that suits");
        assertThat(lab.snap("get-default").line()).isEqualTo(first.id() + "-work2");
    }

    private static void assertFails(Result result, String why) {
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains(" dry-run failed while planning", why);
    }

    @Test
    void aDryRunFailsAsTheDeploymentWould() {
        RegistryImage lacking = BootableImage.push(lab, "lacking", "rm usr/bin/rsync");
        machine.pull("made/bootable:lacking");
        String wrong = "sha256:" + "0".repeat(64);
        List<String> before = traces();

        assertFails(lab.snap("deploy", "--dry-run", lacking.reference()), "it does not meet rsync (");
        assertFails(lab.snap("deploy", "--dry-run", "--digest", wrong, first.reference()), ", not " + wrong);
        assertFails(lab.snap("deploy", "--dry-run", lab.image("nothing:1")), "the registry has no such image or tag");
        String hook = "/etc/container-snap/deploy.d/a";
        lab.bash("echo >\"$1\"; chmod 777 \"$1\"", hook).ok();
        assertFails(lab.snap("deploy", "--dry-run", "--ignore", "rsync", lacking.id()), hook);
        lab.run("rm", hook).ok();

        assertThat(lab.snap("deploy", "--dry-run", "--ignore", "rsync", lacking.id())
                        .out())
                .contains("verify      not met, but ignored: [rsync]\n");
        assertThat(traces()).containsExactlyElementsOf(before);
    }
}
