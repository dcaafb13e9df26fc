package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.ROOTS;
import static org.opensuse.containersnap.client.story.Machine.assertRefused;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Lab.Result;

/// transactional-update's engine works with this program as it worked with the original: its calls, in its
/// order, on its mounts, in its chroot. The script `tukit` plays it.
class TukitIT {
    @RegisterExtension
    static final Lab lab = Lab.machine();

    private static final Machine machine = new Machine(lab);
    private static final String NOBODYS = "0".repeat(64);

    /// The snapshot that the machine runs from at the start of each test.
    private static String base = "";

    /// A system as people have it: the image carries the client, and a snapshot of it is booted.
    @BeforeAll
    static void install() {
        base = machine.create(machine.pull("bootable:1"));
        lab.run("cp", "/usr/bin/container-snap", ROOTS + base + "/usr/bin/").ok();
    }

    @BeforeEach
    void boot() {
        machine.switchTo(base);
        if (!lab.snap("get-current").out().strip().equals(base)) {
            lab.reboot();
        }
    }

    @Test
    void theMachineIsOneOnWhichTukitTakesContainerSnap() {
        lab.run("test", "!", "-e", "/usr/bin/snapper").ok();
        lab.run("test", "-x", "/usr/bin/container-snap").ok();
        lab.run("test", "-d", "/.snapshots").ok();
    }

    @Test
    void executeChangesACopyThatTheNextBootTakes() {
        Result executed =
                tukit("execute", "sh", "-c", "echo changed > /etc/changed; echo \"$TRANSACTIONAL_UPDATE_ROOT\"");

        String made = machine.snapshots().getLast();
        assertThat(executed.ok())
                .isEqualTo(rootOf(made) + "\nNew default snapshot is #" + made + " (" + rootOf(made) + ").\n");
        assertThat(calls())
                .containsExactly(
                        "get-current -> " + base,
                        "create-snapshot " + base + " -> " + made,
                        "get-root " + made + " -> " + rootOf(made),
                        "get-root " + made + " -> " + rootOf(made),
                        "in the chroot: get-root " + made + " -> " + rootOf(made),
                        "get-root " + made + " -> " + rootOf(made),
                        "get-default -> " + base,
                        "get-readonly-state " + base + " -> false",
                        "switch " + made + " -> ",
                        "get-root " + made + " -> " + rootOf(made));
        assertThat(lab.run("ls", "/etc/changed").status()).isNotZero();

        lab.reboot();
        assertThat(lab.snap("get-current").line()).isEqualTo(made);
        assertThat(lab.run("cat", "/etc/changed").line()).isEqualTo("changed");
    }

    @Test
    void executeOfACommandThatFailsLeavesEverythingAsItWas() {
        List<String> before = machine.snapshots();

        Result executed = tukit("execute", "sh", "-c", "rm -rf /etc; exit 3");

        assertThat(executed.status()).isEqualTo(1);
        assertThat(executed.out()).isEmpty();
        assertThat(executed.err()).isEqualTo("ERROR: Application returned with exit status 3\n");
        String made = calls().get(1).replaceFirst(".* -> ", "");
        assertThat(calls())
                .containsExactly(
                        "get-current -> " + base,
                        "create-snapshot " + base + " -> " + made,
                        "get-root " + made + " -> " + rootOf(made),
                        "get-root " + made + " -> " + rootOf(made),
                        "in the chroot: get-root " + made + " -> " + rootOf(made),
                        "get-root " + made + " -> " + rootOf(made),
                        "delete --id=" + made + " -> ");
        assertThat(machine.snapshots()).isEqualTo(before);
        assertThat(lab.snap("get-default").line()).isEqualTo(base);
        assertThat(lab.bash("ls " + ROOTS).ok().lines()).containsExactlyInAnyOrderElementsOf(before);
    }

    @Test
    void aTransactionIsOpenedChangedInPiecesAndClosed() {
        String id = open();
        assertThat(lab.snap("get-default").line()).isEqualTo(base);

        tukit("call", id, "sh", "-c", "echo inside > /etc/inside").ok();
        Result outside = tukit("callext", id, "sh", "-c", "cat {}/etc/inside; echo outside > {}/etc/outside");
        assertThat(outside.line()).isEqualTo("inside");
        assertThat(tukit("call", id, "sh", "-c", "exit 7").status()).isEqualTo(7);
        tukit("close", id).ok();

        lab.reboot();
        assertThat(lab.snap("get-current").line()).isEqualTo(id);
        assertThat(lab.run("cat", "/etc/inside", "/etc/outside").ok()).isEqualTo("inside\noutside\n");
    }

    @Test
    void everyCallOfATransactionIsAnsweredWithTheSameRoot() {
        String id = open();
        List<String> asked = new ArrayList<>(calls());
        tukit("call", id, "true").ok();
        asked.addAll(calls());
        tukit("callext", id, "true").ok();
        asked.addAll(calls());
        tukit("close", id).ok();
        asked.addAll(calls());

        List<String> roots =
                asked.stream().filter(call -> call.contains("get-root")).toList();
        assertThat(roots).hasSize(15).allMatch(call -> call.endsWith("get-root " + id + " -> " + rootOf(id)));
        assertThat(asked).noneMatch(call -> call.endsWith("failed"));
    }

    @Test
    void anAbortedTransactionIsGone() {
        List<String> before = machine.snapshots();
        String id = open();
        tukit("call", id, "touch", "/etc/half-done").ok();

        tukit("abort", id).ok();

        assertThat(calls()).endsWith("delete --id=" + id + " -> ");
        assertThat(machine.snapshots()).isEqualTo(before);
        assertThat(lab.run("test", "!", "-e", ROOTS + id).status()).isZero();
    }

    /// tukit takes any ID for an open transaction.
    @Test
    void theRunningSnapshotAndTheDefaultAreNotAborted() {
        String next = machine.create(base);
        machine.switchTo(next);
        List<String> before = machine.snapshots();
        for (String id : List.of(base, next)) {
            String content = machine.fingerprint(ROOTS + id + "/etc");
            String mounts = lab.bash("cut -d ' ' -f 5 /proc/self/mountinfo").ok();

            Result aborted = tukit("abort", id);

            assertThat(calls()).endsWith("delete --id=" + id + " failed");
            assertThat(aborted.err())
                    .startsWith("container-snap: can't delete " + id)
                    .contains("ERROR: ")
                    .hasLineCount(2);
            assertThat(machine.snapshots()).isEqualTo(before);
            assertThat(machine.fingerprint(ROOTS + id + "/etc")).isEqualTo(content);
            assertThat(lab.bash("cut -d ' ' -f 5 /proc/self/mountinfo").ok()).isEqualTo(mounts);
        }
        assertThat(lab.snap("get-default").line()).isEqualTo(next);
    }

    @Test
    void aRollbackGoesBackToTheSnapshotBefore() {
        tukit("execute", "touch", "/etc/regretted").ok();
        lab.reboot();
        assertThat(lab.snap("get-current").line()).isNotEqualTo(base);

        assertThat(tukit("rollback", base).ok()).isEmpty();

        assertThat(calls()).containsExactly("switch " + base + " -> ");
        lab.reboot();
        assertThat(lab.snap("get-current").line()).isEqualTo(base);
        assertThat(lab.run("ls", "/etc/regretted").status()).isNotZero();
    }

    @Test
    void aMachineWhoseRootIsReadOnlyStaysOne() {
        String readOnly = machine.create(base);
        lab.snap("set-readonly-state", "--readonly", readOnly).ok();
        machine.switchTo(readOnly);
        lab.reboot();
        assertThat(lab.run("touch", "/etc/written").err()).contains("Read-only file system");

        tukit("execute", "touch", "/etc/updated").ok();

        String made = lab.snap("get-default").line();
        assertThat(calls())
                .containsSubsequence(
                        "get-readonly-state " + readOnly + " -> true",
                        "set-readonly-state --readonly " + made + " -> ",
                        "switch " + made + " -> ");
        assertThat(lab.snap("list-snapshots").ok()).contains(made + ",true\n");
        lab.reboot();
        assertThat(lab.snap("get-current").line()).isEqualTo(made);
        lab.run("test", "-e", "/etc/updated").ok();
        assertThat(lab.run("touch", "/etc/written").err()).contains("Read-only file system");
    }

    @Test
    void tukitListsTheSnapshots() {
        assertThat(tukit("snapshots").ok().lines())
                .containsExactlyElementsOf(machine.snapshots())
                .contains(base);
    }

    /// There is no bus in the chroot, and there must be none.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "get-root IMAGE",
                "get-root NOBODYS",
                "get-root OPEN0",
                "get-current",
                "get-default",
                "get-readonly-state OPEN",
                "set-readonly-state --readonly OPEN",
                "list-snapshots",
                "list-images",
                "create-snapshot OPEN",
                "switch OPEN",
                "delete --id=OPEN",
                "delete --url tiny",
                "pull tiny",
                "init",
                "status"
            })
    void insideTheChrootAllElseFailsWithOneLine(String command) {
        String id = open();
        String[] words = command.replace("IMAGE", base.substring(0, 64))
                .replace("NOBODYS", NOBODYS)
                .replace("OPEN", id)
                .split(" ");

        Result result = inChroot(id, words);

        assertRefused(result, "the system bus can't be reached");
        tukit("abort", id).ok();
    }

    @Test
    void insideTheChrootItsOwnRootIsToldAlsoWithoutAService() {
        String id = open();

        assertThat(inChroot(id, "get-root", id).line()).isEqualTo(rootOf(id));
        assertThat(inChroot(id, "--help").ok()).contains("get-root");
        tukit("abort", id).ok();
    }

    private static Result inChroot(String id, String... words) {
        List<String> command = new ArrayList<>(List.of("call", id, "container-snap"));
        command.addAll(Arrays.asList(words));
        return tukit(command.toArray(String[]::new));
    }

    private static String open() {
        return tukit("open").line().substring("ID: ".length());
    }

    private static String rootOf(String snapshot) {
        return ROOTS + snapshot + "/";
    }

    private static Result tukit(String... arguments) {
        List<String> command =
                new ArrayList<>(List.of(lab.inside(Path.of("src/test/resources/tukit")), lab.inside(log())));
        command.addAll(Arrays.asList(arguments));
        return lab.run(command.toArray(String[]::new));
    }

    /// What the last run of tukit asked, and what it was answered.
    private static List<String> calls() {
        try {
            return Files.readAllLines(log());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Path log() {
        return lab.scratch().resolve("tukit.log");
    }
}
