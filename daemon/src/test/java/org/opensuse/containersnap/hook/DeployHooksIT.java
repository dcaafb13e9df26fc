package org.opensuse.containersnap.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.lab.LoopBtrfs;
import org.opensuse.containersnap.lab.Tool;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.HookFailed;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// What hooks are run, how, and what becomes of them.
@Timeout(60)
class DeployHooksIT {
    @RegisterExtension
    static final LoopBtrfs BTRFS = new LoopBtrfs();

    private static final Duration LONG = Duration.ofSeconds(40);
    private static final SnapshotId ID = id();
    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
    private static RunnableRoot pristine;
    private static int count;

    @TempDir
    private Path machine;

    private final RecordedRun run = new RecordedRun();
    private RunnableRoot root;

    private static SnapshotId id() {
        try {
            return SnapshotId.parse("a".repeat(64) + "-work1");
        } catch (Failure e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeAll
    static void once() {
        pristine = RunnableRoot.in(BTRFS.path().resolve("pristine"));
    }

    @BeforeEach
    void begin() throws IOException {
        root = pristine.copy(BTRFS.path().resolve("root" + count++));
    }

    @AfterEach
    void nothingStaysMounted() throws IOException {
        assertThat(Files.readAllLines(MOUNTS))
                .noneMatch(mount -> mount.contains(root.directory().toString()) || mount.contains(machine.toString()));
    }

    /// @param path below the two directories, such as `usr/lib 10-a`
    private Path hook(String path, String script) throws IOException {
        String[] place = path.split(" ", -1);
        Path file = machine.resolve(place[0] + "/container-snap/deploy.d/" + place[1]);
        Files.createDirectories(file.getParent());
        Files.writeString(file, script.isEmpty() ? "" : "#!/bin/bash\n" + script);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }

    private DeployHooks hooks() {
        return DeployHooks.of(machine, LONG);
    }

    private List<String> run() throws Exception {
        hooks().run(ID, root.directory(), run);
        return run.heard();
    }

    private HookFailed failure() {
        HookFailed failed = catchThrowableOfType(HookFailed.class, this::run);
        assertThat(failed).isNotNull();
        assertThat(failed.line()).doesNotContain("\n");
        return failed;
    }

    @Test
    void withoutDirectoriesThereIsNothingToRun() throws Exception {
        assertThat(run()).isEmpty();
        assertThat(hooks().list()).isEmpty();
    }

    @Test
    void theyRunInTheOrderOfTheirNamesWhereverTheyLieAndRun() throws Exception {
        hook("usr/lib 20-b", "echo b");
        hook("etc 10-a.inside", "echo a");
        hook("usr/lib 30-c.inside", "echo c");
        hook("etc 25-d", "echo d");

        assertThat(run())
                .containsExactly("1/4 10-a.inside", "a", "2/4 20-b", "b", "3/4 25-d", "d", "4/4 30-c.inside", "c");
    }

    @Test
    void oneOfTheAdministratorTakesThePlaceOfOneOfTheSameName() throws Exception {
        hook("usr/lib 10-a", "echo installed");
        hook("etc 10-a", "echo administrator");

        assertThat(run()).containsExactly("1/1 10-a", "administrator");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "an empty file,      : >10-a; chmod 755 10-a",
        "one that nobody may execute, printf '#!/bin/sh' >10-a; chmod 644 10-a",
        "a link to /dev/null, ln -s /dev/null 10-a",
        "a link to a link to /dev/null, ln -s /dev/null .n; ln -s .n 10-a",
        "a directory,        mkdir 10-a",
    })
    void oneThatIsDisabledIsNotRun(String what, String script) throws Exception {
        hook("usr/lib 10-a", "echo installed");
        hook("etc 20-b", "echo b");
        Tool.run(
                "bash",
                "-ec",
                "cd \"$1\"; " + script,
                what,
                machine.resolve("etc/container-snap/deploy.d").toString());

        assertThat(run()).containsExactly("1/1 20-b", "b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ".hidden",
                "10-a~",
                "#10-a#",
                "10-a.rpmnew",
                "10-a.rpmsave",
                "10-a.inside.rpmorig",
                "10-a.bak",
                "10-a.old",
                "10-a.swp",
                "10-a.dpkg-dist",
                "10-a.orig"
            })
    void whatEditorsAndPackagesLeaveIsNotRun(String name) throws Exception {
        hook("etc " + name, "echo left over");

        assertThat(run()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "another user's file,      chown 1 10-a,               10-a' belongs to the user 1",
        "a file of the group,      chmod 775 10-a,             10-a' is writable by others",
        "a file of all,            chmod 757 10-a,             10-a' is writable by others",
        "another user's directory, chown 1 .,                  deploy.d' belongs to the user 1",
        "a directory of all,       chmod 777 .,                deploy.d' is writable by others",
        "a directory above,        chmod 777 ..,               container-snap' is writable by others",
        "a link to another's,      mv 10-a b; chown 1 b; ln -s b 10-a, b' belongs to the user 1",
        "a link to nothing,        ln -sf nowhere 10-a,        10-a' is a link to nothing",
    })
    void whatOthersThanRootCanChangeIsRefusedBeforeAnythingRuns(String what, String script, String words)
            throws Exception {
        hook("usr/lib 05-first", "echo first");
        Path file = hook("etc 10-a", "echo a");
        Tool.run(
                "bash",
                "-ec",
                "cd \"$1\"; " + script,
                what,
                file.resolveSibling("").toString());

        assertThat(failure()).hasMessageStartingWith("no hook is run: '").hasMessageContaining(words);
        assertThat(run.heard()).isEmpty();
        assertThatThrownBy(() -> hooks().list()).isInstanceOf(HookFailed.class);
    }

    private Map<String, String> environment() {
        return run.heard().stream()
                .filter(line -> line.contains("="))
                .collect(Collectors.toMap(
                        line -> line.substring(0, line.indexOf('=')),
                        line -> line.substring(line.indexOf('=') + 1),
                        (one, _) -> one,
                        TreeMap::new));
    }

    private static final String TELL_ALL =
            "tr '\\0' '\\n' </proc/$$/environ; pwd; umask; readlink /proc/self/fd/0; id -u; echo $$";

    @Test
    void outsideItIsToldOfTheSnapshotAndNothingElse() throws Exception {
        hook("etc 10-a", TELL_ALL);
        run();

        assertThat(environment())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "PATH", "/usr/sbin:/usr/bin:/sbin:/bin",
                        "HOME", "/root",
                        "LC_ALL", "C.UTF-8",
                        "CONTAINER_SNAP_SNAPSHOT", ID.toString(),
                        "CONTAINER_SNAP_ROOT", root.directory().toString()));
        assertThat(run.heard()).endsWith("/", "0022", "/dev/null", "0", "1");
    }

    @Test
    void insideItIsToldWhatTukitTellsToo() throws Exception {
        hook("etc 10-a.inside", TELL_ALL);
        run();

        assertThat(environment())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "PATH", "/usr/sbin:/usr/bin:/sbin:/bin",
                        "HOME", "/root",
                        "LC_ALL", "C.UTF-8",
                        "CONTAINER_SNAP_SNAPSHOT", ID.toString(),
                        "CONTAINER_SNAP_ROOT", "/",
                        "TRANSACTIONAL_UPDATE", "true",
                        "TRANSACTIONAL_UPDATE_ROOT", root.directory().toString()));
        assertThat(run.heard()).endsWith("/", "0022", "/dev/null", "0", "1");
    }

    @Test
    void outsideItIsOnTheRunningSystemAndWritesToTheRoot() throws Exception {
        hook("etc 10-a", "ls -d " + machine + "; echo written >\"$CONTAINER_SNAP_ROOT/file\"; mount -t tmpfs t /mnt");

        assertThat(run()).endsWith(machine.toString());
        assertThat(root.path("/file")).hasContent("written");
    }

    /// Mount points and the types of their file systems.
    private static final String TELL_MOUNTS =
            "while read -r _ _ _ top point _ rest; do echo \"$point ${rest#*- }\"; done </proc/self/mountinfo";

    @Test
    void insideTheRootIsAMountWithWhatTukitPrepares() throws Exception {
        hook(
                "etc 10-a.inside",
                TELL_MOUNTS + "; ls -d /dev/null /sys/class /proc/1/root /proc/cpuinfo; ls /run /tmp /var/tmp");
        List<String> heard = run();

        assertThat(heard)
                .anyMatch(line -> line.startsWith("/ btrfs "))
                .anyMatch(line -> line.startsWith("/dev "))
                .anyMatch(line -> line.startsWith("/sys sysfs "))
                .anyMatch(line -> line.startsWith("/proc proc "))
                .anyMatch(line -> line.startsWith("/run tmpfs "))
                .anyMatch(line -> line.startsWith("/tmp tmpfs "))
                .anyMatch(line -> line.startsWith("/var/tmp tmpfs "))
                .noneMatch(line -> line.contains(machine.toString()))
                .endsWith(
                        "/dev/null",
                        "/proc/1/root",
                        "/proc/cpuinfo",
                        "/sys/class",
                        "/run:",
                        "container-snap",
                        "",
                        "/tmp:",
                        "",
                        "/var/tmp:");
        assertThat(root.directory()).isDirectoryNotContaining("glob:**/run/*");
    }

    @Test
    void insideItsOwnProcessesAreAllThereAre() throws Exception {
        hook("etc 10-a.inside", "cd /proc; echo [0-9]*");

        assertThat(run()).endsWith("1");
    }

    @Test
    void whatItMountsItselfGoesWithIt() throws Exception {
        hook("etc 10-a.inside", "mkdir /point; mount -t tmpfs t /point; touch /point/file");
        hook("etc 20-b.inside", "ls /point");

        assertThat(run()).containsExactly("1/2 10-a.inside", "2/2 20-b.inside");
    }

    @Test
    void insideTheMachinesBootMountsCanBeWritten() throws Exception {
        Path esp = Files.createDirectories(machine.resolve("boot/efi"));
        Tool.run("mount", "-t", "tmpfs", "esp", esp.toString());
        try {
            Tool.run("mount", "-o", "remount,bind,ro", esp.toString());
            hook("etc 10-a.inside", "echo written >/boot/efi/file");
            run();

            assertThat(esp.resolve("file")).hasContent("written");
            assertThat(root.path("/boot/efi")).isEmptyDirectory();
            assertThat(Files.getPosixFilePermissions(root.path("/boot")))
                    .isEqualTo(PosixFilePermissions.fromString("rwxr-xr-x"));
        } finally {
            Tool.run("umount", esp.toString());
        }
    }

    @Test
    void aProgramThatIsNoScriptCanRunInside() throws Exception {
        Path hook = hook("etc 10-a.inside", "");
        Files.copy(root.path("/bin/ls"), hook, StandardCopyOption.REPLACE_EXISTING);
        Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createFile(root.path("/marked"));

        assertThat(run()).contains("marked");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "/proc is a link to /etc,      ln -s /etc proc,        the root's /proc is a symbolic link",
        "/dev is a file,               touch dev,              the root's /dev is a file",
        "/sys is a link out,           ln -s ../../../../.. sys, the root's /sys is a symbolic link",
        "/run is a pipe,               mkfifo run,             the root's /run is a file",
        "/var is a link to /etc,       ln -s /etc var,         the way to the root's /var/tmp leads through",
        "nothing can be made,          btrfs property set . ro true, could not make the root's /proc: Read-only",
        "its shell is not there,       rm bin/bash,            failed to execute /run/container-snap/deploy.d/10-a.inside",
    })
    void aHostileRootIsRefused(String what, String script, String words) throws Exception {
        Tool.run("bash", "-ec", "cd \"$1\"; " + script, what, root.directory().toString());
        hook("etc 10-a.inside", "echo ran");
        hook("etc 20-b", "echo ran");

        assertThat(failure()).hasMessageContaining("10-a.inside").hasMessageContaining(words);
        assertThat(run.heard()).doesNotContain("ran");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "a status      | echo one; echo two; exit 3        | exited with 3: two; mend that",
                "no words      | exit 1                            | exited with 1: it said nothing; mend that",
                "standard error| echo why >&2; echo; false         | exited with 1: why; mend that",
                "control chars | printf 'a\\033[1mb'; exit 1       | exited with 1: a\\u{1b}[1mb; mend that",
                "a crash       | exec python3 -c 'import ctypes; ctypes.string_at(0)' | was killed by signal 11: it said nothing",
            })
    void theFirstThatFailsEndsIt(String what, String script, String words) throws Exception {
        Path failing = hook("etc 10-a", script);
        hook("etc 20-b", "echo ran");

        assertThat(failure())
                .hasMessageContaining("the hook " + failing + " ")
                .hasMessageContaining(words)
                .hasMessageEndingWith("leave the hook out by an empty file /etc/container-snap/deploy.d/10-a");
        assertThat(run.heard()).doesNotContain("ran");
    }

    @Test
    void aFloodIsCutAndHarmsNobody() throws Exception {
        hook("etc 10-a", "yes line | head -n 300000; head -c 30000000 /dev/zero | tr '\\0' x; echo; echo last; exit 3");

        assertThat(failure()).hasMessageContaining("exited with 3: last;");
        assertThat(run.heard())
                .hasSize(1 + HookOutput.MOST_LINES + 1)
                .endsWith("(" + (300_002 - HookOutput.MOST_LINES) + " more lines are left out)");
    }

    /// Has something run that left the hook and its session, then says `ready`.
    private String leaveSomething(String mark) {
        return """
                (setsid bash -c 'echo >"$1"; exec -a "$2" sleep 1000' b "$CONTAINER_SNAP_ROOT/up" %s >/dev/null 2>&1 &)
                while [[ ! -s $CONTAINER_SNAP_ROOT/up ]]; do sleep 0.01; done
                echo ready
                """.formatted(mark);
    }

    private static List<ProcessHandle> marked(String mark) throws IOException {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .map(process -> process.getFileName().toString())
                    .filter(name -> name.matches("\\d+") && commandLine(name).startsWith(mark))
                    .flatMap(name -> ProcessHandle.of(Long.parseLong(name)).stream())
                    .toList();
        }
    }

    private static String commandLine(String process) {
        try {
            return Files.readString(Path.of("/proc", process, "cmdline"));
        } catch (IOException _) {
            return "";
        }
    }

    @Test
    void whatItLeavesInTheBackgroundEndsWithIt() throws Exception {
        hook("etc 10-a", leaveSomething("left-behind") + "grep -q left-behind /proc/[0-9]*/cmdline");
        hook("etc 20-b", "echo b");

        assertThat(run()).endsWith("ready", "2/2 20-b", "b");
        assertThat(marked("left-behind")).isEmpty();
    }

    @Test
    void oneThatHangsIsKilledWithAllThatItStarted() throws Exception {
        hook("etc 10-a", "trap '' TERM INT HUP; " + leaveSomething("hanging") + "while :; do sleep 1; done");
        DeployHooks impatient = DeployHooks.of(machine, Duration.ofSeconds(2));

        assertThatThrownBy(() -> impatient.run(ID, root.directory(), run))
                .isInstanceOf(HookFailed.class)
                .hasMessageContaining("did not end within 2 s and was killed: ready;");
        assertThat(marked("hanging")).isEmpty();
    }

    @Test
    void oneThatSomebodyKillsIsToldAsKilled() throws Exception {
        hook("etc 10-a", "echo working; exec -a to-be-killed sleep 1000");
        FutureTask<HookFailed> outcome = new FutureTask<>(this::failure);
        Thread.ofPlatform().start(outcome);
        while (marked("to-be-killed").isEmpty()) {
            Thread.onSpinWait();
        }

        marked("to-be-killed").forEach(ProcessHandle::destroyForcibly);

        assertThat(outcome.get()).hasMessageContaining("was killed by signal 9: working;");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10-a", "10-a.inside"})
    void anInterruptKillsItWithAllThatItStarted(String name) throws Exception {
        Tool.run("cp", "/usr/bin/setsid", root.path("/bin/setsid").toString());
        hook("etc " + name, leaveSomething("interrupted") + "while :; do sleep 1; done");
        FutureTask<Boolean> outcome = new FutureTask<>(() -> {
            try {
                hooks().run(ID, root.directory(), run);
                return false;
            } catch (InterruptedException _) {
                return marked("interrupted").isEmpty();
            }
        });
        Thread thread = Thread.ofPlatform().start(outcome);
        assertThat(run.take()).isEqualTo("1/1 " + name);
        assertThat(run.take()).isEqualTo("ready");
        assertThat(marked("interrupted")).hasSize(1);

        thread.interrupt();

        assertThat(outcome.get()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10-a", "10-a.inside"})
    void whenTheDaemonIsKilledTheHookIsAndItsMountsGo(String name) throws Exception {
        Tool.run("cp", "/usr/bin/setsid", root.path("/bin/setsid").toString());
        hook("etc " + name, leaveSomething("orphaned") + "while :; do sleep 1; done");
        Process daemon = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledHooks.class.getName(),
                        ID.toString(),
                        machine.toString(),
                        root.directory().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<ProcessHandle> orphans;
        try {
            assertThat(daemon.inputReader().readLine()).isEqualTo("ready");
            orphans = marked("orphaned");
            assertThat(orphans).hasSize(1);
            assertThat(whoMounts().isEmpty()).isEqualTo(!name.endsWith(".inside"));
        } finally {
            daemon.destroyForcibly().onExit().join();
        }

        orphans.getFirst().onExit().orTimeout(20, TimeUnit.SECONDS).join();
        assertThat(whoMounts()).isEmpty();
    }

    /// The processes that have the root mounted by itself.
    private List<Path> whoMounts() throws IOException {
        String own = " /" + root.directory().getFileName() + " ";
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .map(process -> process.resolve("mountinfo"))
                    .filter(file -> Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                            && content(file).contains(own))
                    .toList();
        }
    }

    private static String content(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException _) {
            return "";
        }
    }
}
