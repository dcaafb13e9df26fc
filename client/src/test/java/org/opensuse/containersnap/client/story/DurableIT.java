package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Caller.OPTIONS;
import static org.opensuse.containersnap.client.story.Machine.ROOTS;
import static org.opensuse.containersnap.client.story.Machine.TOP;

import java.io.IOException;
import java.lang.reflect.Method;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.client.lab.DiskCopy;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.RegistryImage;
import org.opensuse.containersnap.client.lab.SlowRegistry;
import org.opensuse.containersnap.client.story.Bus.Job;
import org.opensuse.containersnap.client.story.PowerCutter.Told;

/// What was told survives a loss of power: the disk is copied in the moment of the reply, and when a job ends, in the
/// moment in which that is heard. The copy is sound, a machine starts from it, and its service tells the same.
///
/// Each test has the methods of the contract that it is about as tags. What org.freedesktop.LogControl1 sets is not
/// here: it ends with the service.
class DurableIT {
    @RegisterExtension
    static final Lab lab = Lab.machineWithDiskToCopy();

    private static final Machine machine = new Machine(lab);
    private static final Bus bus = new Bus(lab);
    private static PowerCutter cutter;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private @Nullable DiskCopy lastPlace;
    private String image = "";

    /// So that nothing becomes durable because the kernel's time for it has come.
    @BeforeAll
    static void commitRarely() {
        lab.run("mount", "-o", "remount,commit=300", "/").ok();
        cutter = new PowerCutter(lab);
    }

    @AfterAll
    static void leaveTheBus() {
        cutter.close();
    }

    @BeforeEach
    void pull() {
        image = machine.pull("tiny:1");
    }

    @AfterEach
    void close() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    @ParameterizedTest
    @MethodSource("org.opensuse.containersnap.client.story.Contract#changes")
    void eachMethodThatChangesSomethingHasATest(String method) {
        assertThat(Stream.of(DurableIT.class, DurableUpdateIT.class)
                        .flatMap(tests -> Arrays.stream(tests.getDeclaredMethods()))
                        .flatMap(DurableIT::tags))
                .contains(method);
    }

    /// Without this the other tests would show nothing.
    @Test
    void theCopyLacksWhatNobodyMadeDurable() {
        String work = machine.create(image);
        machine.switchTo(image);
        String print = DiskFacts.fingerprint(lab, work);

        lab.run("btrfs", "subvolume", "set-default", ROOTS + work).ok();
        lab.run("touch", ROOTS + work + "/written").ok();
        DiskCopy copy = place();
        cutter.copy(copy);

        DiskFacts facts = DiskFacts.of(copy);
        assertThat(facts.check()).isEqualTo(DiskFacts.SOUND);
        assertThat(facts.nextSnapshot()).isEqualTo(image);
        assertThat(facts.roots().get(work)).isEqualTo(new DiskFacts.Root(false, print));
        assertThat(DiskFacts.fingerprint(lab, work)).isNotEqualTo(print);
    }

    @Test
    @Tag("Manager.Init")
    void theStoreIsThere() throws Exception {
        removeTheStore();

        Machine copy = atReply(TOP, "Manager.Init", OPTIONS);

        assertThat(storeOf(copy)).containsExactly("700 roots", "700 snapshots", "700 state", "700 tmp");
    }

    /// As a service leaves them that was killed in the middle.
    @Test
    @Tag("Manager.Init")
    void aStoreThatWasThereOnlyInMemoryIsOnDiskWhenThatIsTold() throws Exception {
        removeTheStore();
        lab.bash("cd \"$1\" && mkdir -m 700 roots snapshots state tmp", Machine.STATE)
                .ok();

        Machine copy = atReply(TOP, "Manager.Init", OPTIONS);

        assertThat(storeOf(copy)).containsExactly("700 roots", "700 snapshots", "700 state", "700 tmp");
    }

    @Test
    @Tag("Manager.CreateSnapshot")
    void aCreatedSnapshotIsThereWithItsRecord() throws Exception {
        lab.run("touch", ROOTS + image + "/written-before").ok();

        Told told = tell(TOP, "Manager.CreateSnapshot", Bus.text(image), OPTIONS);

        String work = told.value();
        Machine copy = boot(lastPlace());
        assertThat(copy.snapshots()).contains(image, work);
        assertThat(copy.fingerprint(ROOTS + work)).isEqualTo(machine.fingerprint(ROOTS + image));
        assertThat(copy.property("snapshot/" + work.replace('-', '_'), "Snapshot", "Base"))
                .isEqualTo("s \"" + image + '"');
        assertThat(copy.property("snapshot/" + work.replace('-', '_'), "Snapshot", "Origin"))
                .contains(lab.image("tiny:1"));
        lab.run("rm", ROOTS + image + "/written-before").ok();
    }

    @Test
    @Tag("Manager.SwitchTo")
    void whatWasSwitchedToIsWhatTheNextBootTakesWithAllThatIsInIt() throws Exception {
        machine.switchTo(image);
        String work = machine.create(image);
        lab.run("touch", ROOTS + work + "/written-before").ok();

        Machine copy = atReply(TOP, "Manager.SwitchTo", Bus.text(work), OPTIONS);

        assertThat(copy.lab().snap("get-current").line()).isEqualTo(work);
        assertThat(copy.lab().snap("get-default").line()).isEqualTo(work);
        assertThat(copy.lab().run("ls", "/").ok()).contains("written-before");
    }

    @Test
    @Tag("Manager.Rollback")
    void whatWasGoneBackToIsBootedAndTheWayForthIsKnown() throws Exception {
        String work = switchToANewOne();

        Machine copy = atReply(TOP, "Manager.Rollback", OPTIONS);

        assertThat(copy.property("", "Manager", "BootedSubvolume")).isEqualTo("s \"@\"");
        assertThat(copy.property("", "Manager", "RollbackSnapshot")).isEqualTo("s \"" + work + '"');
    }

    @Test
    @Tag("Manager.ForgetRollback")
    void aWayBackThatWasForgottenIsNotKnown() throws Exception {
        String work = switchToANewOne();

        Machine copy = atReply(TOP, "Manager.ForgetRollback", OPTIONS);

        assertThat(copy.property("", "Manager", "BootedSnapshot")).isEqualTo("s \"" + work + '"');
        assertThat(copy.property("", "Manager", "RollbackSubvolume")).isEqualTo("s \"\"");
    }

    @Test
    @Tag("Manager.Pin")
    void aPinnedSnapshotIsPinned() throws Exception {
        String work = machine.create(image);

        Machine copy = atReply(TOP, "Manager.Pin", Bus.text(work), OPTIONS);

        assertThat(copy.property("snapshot/" + work.replace('-', '_'), "Snapshot", "Pinned"))
                .isEqualTo("b true");
        lab.snap("unpin", work).ok();
    }

    @Test
    @Tag("Manager.Unpin")
    void anUnpinnedSnapshotIsNotPinned() throws Exception {
        String work = machine.create(image);
        lab.snap("pin", work).ok();

        Machine copy = atReply(TOP, "Manager.Unpin", Bus.text(work), OPTIONS);

        assertThat(copy.property("snapshot/" + work.replace('-', '_'), "Snapshot", "Pinned"))
                .isEqualTo("b false");
    }

    @Test
    @Tag("Manager.Deploy")
    void whatWasDeployedIsWhole() throws Exception {
        lab.bash("echo of-this-machine >/etc/fstab").ok();
        machine.leaveHooksOut();

        Machine copy = atEnd(
                "succeeded",
                TOP,
                "Manager.Deploy",
                Bus.text(image),
                "{'ignore': <['" + String.join("', '", Machine.REQUIREMENTS) + "']>}");

        String deployed = copy.snapshots().getLast();
        assertThat(deployed).startsWith(image + "-work");
        assertThat(copy.lab().snap("get-current").line()).isEqualTo(deployed);
        assertThat(copy.lab().run("cat", "/etc/fstab").line()).isEqualTo("of-this-machine");
    }

    @Test
    @Tag("Manager.Prune")
    void whatWasPrunedIsGone() throws Exception {
        String kept = switchToANewOne();
        String work = machine.create(image);

        Machine copy = atEnd("succeeded", TOP, "Manager.Prune", "{'keep_last': <uint64 0>, 'keep_days': <uint64 0>}");

        assertThat(copy.snapshots()).contains(image, kept).doesNotContain(work);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Tag("Manager.SetReadOnly")
    void theReadOnlyStateIsKept(boolean readOnly) throws Exception {
        String work = machine.create(image);
        lab.snap("set-readonly-state", readOnly ? "--no-readonly" : "--readonly", work)
                .ok();

        Machine copy = atReply(TOP, "Manager.SetReadOnly", Bus.text(work), Boolean.toString(readOnly), OPTIONS);

        assertThat(copy.lab().snap("get-readonly-state", work).line()).isEqualTo(Boolean.toString(readOnly));
    }

    @Test
    @Tag("Manager.DeleteSnapshot")
    void aDeletedSnapshotIsGoneAndItsNumberStaysTaken() throws Exception {
        String work = machine.create(image);
        long number = Long.parseLong(work.replaceFirst(".*-work", ""));

        Machine copy = atReply(TOP, "Manager.DeleteSnapshot", Bus.text(work), OPTIONS);

        assertThat(copy.snapshots()).contains(image).doesNotContain(work);
        assertThat(DiskFacts.of(copy.lab()).records()).doesNotContain(work);
        assertThat(copy.create(image)).isEqualTo(image + "-work" + (number + 1));
    }

    @Test
    @Tag("Manager.Pull")
    void aPulledImageIsThereWithItsRootAndAJobIsKnownFromTheStart() throws Exception {
        lab.snap("delete", "--id", image).ok();

        Told told = tell(TOP, "Manager.Pull", Bus.text(lab.image("tiny:1")), "{'request_id': <'nightly'>}");

        String job = told.value();
        assertThat(PowerCutter.await(told.end()).state()).isEqualTo("succeeded");
        Job atReply = new Job(boot(lastPlace()).lab(), job);
        assertThat(atReply.state()).isIn("interrupted", "succeeded");
        assertThat(atReply.get("RequestId")).isEqualTo("\"nightly\"");
        Machine copy = boot(lastPlace().atEndOfJob());
        assertThat(stateOf(copy, job)).isEqualTo("succeeded");
        assertThat(podmansFiles(copy)).isEqualTo(podmansFiles(machine));
        assertThat(copy.fingerprint(ROOTS + image)).isEqualTo(machine.fingerprint(ROOTS + image));
        assertThat(copy.property("image/" + image, "Image", "Origin"))
                .isEqualTo("s \"docker://" + lab.image("tiny:1") + '"');
        assertThat(copy.podman("image", "exists", lab.image("tiny:1")).status()).isZero();
    }

    @Test
    @Tag("Manager.Pull")
    void anotherNameOfAnImageThatWasThereIsThere() throws Exception {
        String other = "other-name:1";
        lab.run(
                        "skopeo",
                        "copy",
                        "-q",
                        "--src-tls-verify=false",
                        "--dest-tls-verify=false",
                        "docker://" + lab.image("tiny:1"),
                        "docker://" + lab.image(other))
                .ok();

        Machine copy = atEnd("succeeded", TOP, "Manager.Pull", Bus.text(lab.image(other)), OPTIONS);

        assertThat(copy.property("image/" + image, "Image", "Names")).contains(lab.image("tiny:1"), lab.image(other));
        assertThat(copy.property("image/" + image, "Image", "Origin"))
                .isEqualTo("s \"docker://" + lab.image(other) + '"');
        assertThat(copy.snapshots()).contains(image);
    }

    @Test
    @Tag("Manager.Pull")
    void whyAJobFailedIsKnown() throws Exception {
        Told told = tell(TOP, "Manager.Pull", Bus.text(lab.image("no-such-image:1")), OPTIONS);

        assertThat(PowerCutter.await(told.end()).state()).isEqualTo("failed");
        Machine copy = boot(lastPlace().atEndOfJob());
        assertThat(new Job(copy.lab(), told.value()).get("ErrorName")).isEqualTo('"' + Bus.ERROR + "PullFailed\"");
    }

    @Test
    @Tag("Manager.Load")
    void aLoadedImageIsThereWithItsRoot() throws Exception {
        String archive = lab.inside(lab.scratch().resolve("tiny.tar"));
        lab.run(
                        "skopeo",
                        "copy",
                        "-q",
                        "--src-tls-verify=false",
                        "docker://" + lab.image("tiny:1"),
                        "oci-archive:" + archive)
                .ok();
        String print = machine.fingerprint(ROOTS + image);
        lab.snap("delete", "--id", image).ok();

        Machine copy = atEnd("succeeded", TOP, "Manager.Load", Bus.text("oci-archive:" + archive), OPTIONS);

        assertThat(copy.images()).containsExactly(image);
        assertThat(copy.fingerprint(ROOTS + image)).isEqualTo(print);
    }

    @Test
    @Tag("Manager.DeleteImage")
    void anImageThatWasDeletedIsGone() throws Exception {
        String work = switchToANewOne();

        Machine copy = atEnd("succeeded", TOP, "Manager.DeleteImage", Bus.text(image), OPTIONS);

        assertThat(copy.images()).isEmpty();
        assertThat(copy.snapshots()).contains(work).doesNotContain(image);
    }

    @Test
    @Tag("Manager.DeleteImage")
    void anImageThatLostItsLastNameIsGone() throws Exception {
        switchToANewOne();

        Machine copy = atEnd("succeeded", TOP, "Manager.DeleteImage", Bus.text(lab.image("tiny:1")), OPTIONS);

        assertThat(copy.images()).isEmpty();
        assertThat(copy.snapshots()).isNotEmpty().doesNotContain(image);
    }

    @Test
    @Tag("Manager.DeleteImage")
    void aNameThatWasTakenAwayIsGone() throws Exception {
        machine.podman("tag", image, "localhost/other:2").ok();

        Machine copy = atEnd("succeeded", TOP, "Manager.DeleteImage", Bus.text("localhost/other:2"), OPTIONS);

        assertThat(copy.property("image/" + image, "Image", "Names"))
                .contains(lab.image("tiny:1"))
                .doesNotContain("localhost/other");
    }

    /// The pull stands still when its first layer is in podman's store, which shows it to nobody.
    @Test
    @Tag("Job.Cancel")
    void afterACancelEverythingIsAsBeforeTheJob() throws Exception {
        RegistryImage tiny = RegistryImage.read(lab.registry(), "tiny", "1");
        RegistryImage layered = tiny.over("cancelled", "marker", new byte[] {1}).push();
        lab.run("btrfs", "subvolume", "set-default", "/").ok();
        lab.snap("delete", "--id", image).ok();
        try (SlowRegistry registry = SlowRegistry.before(lab.registry(), tiny.layerBytes() / 2)) {
            Told pull = tell(TOP, "Manager.Pull", Bus.text(registry.image("tiny:cancelled")), OPTIONS);
            DiskCopy cancelled = lastPlace().atEndOfJob();
            String job = pull.value();
            registry.awaitStandstill();
            Await.until(
                    "a layer",
                    () -> !DiskFacts.of(lab).wrong().stream()
                            .filter(line -> line.startsWith("unused"))
                            .toList()
                            .isEmpty());

            tell(job, "Job.Cancel", OPTIONS).ok();

            assertThat(PowerCutter.await(pull.end()).state()).isEqualTo("cancelled");
            Machine atReply = boot(lastPlace());
            assertThat(stateOf(atReply, job)).isIn("interrupted", "cancelled");
            assertThat(atReply.images()).doesNotContain(layered.id());
            Machine atEnd = boot(cancelled);
            assertThat(stateOf(atEnd, job)).isEqualTo("cancelled");
            assertThat(atEnd.images()).doesNotContain(layered.id());
        }
    }

    /// Makes a snapshot of the image that the next boot takes.
    private String switchToANewOne() {
        String work = machine.create(image);
        machine.switchTo(work);
        return work;
    }

    private static Stream<String> tags(Method test) {
        return Arrays.stream(test.getAnnotationsByType(Tag.class)).map(Tag::value);
    }

    /// What is in the files that podman keeps of images and layers.
    private static List<String> podmansFiles(Machine machine) {
        return machine.lab()
                .bash(
                        "cd \"$1/snapshots\"; find btrfs-layers btrfs-images -type f ! -name '*.lock' -print0 "
                                + "| sort -z | xargs -0 sha256sum",
                        Machine.STATE)
                .ok()
                .lines()
                .toList();
    }

    /// Calls a method that must work and starts a machine from what would be left if the power went with the reply.
    private Machine atReply(String path, String method, String... arguments) throws IOException {
        tell(path, method, arguments).ok();
        return boot(lastPlace());
    }

    /// Calls a method that starts a job, and starts a machine from what would be left if the power went with the word
    /// of the job's end.
    private Machine atEnd(String state, String path, String method, String... arguments) throws IOException {
        Told told = tell(path, method, arguments);
        String job = told.value();
        assertThat(PowerCutter.await(told.end()).state()).isEqualTo(state);
        Machine copy = boot(lastPlace().atEndOfJob());
        assertThat(stateOf(copy, job)).isEqualTo(state);
        return copy;
    }

    private Told tell(String path, String method, String... arguments) {
        return cutter.call(place(), path, method, arguments);
    }

    private DiskCopy place() {
        DiskCopy place = lab.placeForCopy();
        lastPlace = place;
        open.push(place);
        open.push(place.atEndOfJob());
        return place;
    }

    private DiskCopy lastPlace() {
        return Objects.requireNonNull(lastPlace, "nothing was told yet");
    }

    /// Checks a copy and starts a machine from it, in which all is as it must be.
    private Machine boot(DiskCopy copy) throws IOException {
        assertThat(lab.run("btrfs", "check", "--readonly", copy.path()).status())
                .as("status of btrfs check")
                .isZero();
        Lab booted = copy.boot();
        open.push(booted);
        Machine started = new Machine(booted);
        Await.until("the service", () -> booted.snap("status").status() == 0);
        DiskFacts facts = DiskFacts.of(booted);
        assertThat(facts.damaged()).isEmpty();
        assertThat(facts.brokenImages()).isEmpty();
        assertThat(facts.wrong()).as(booted.log()).isEmpty();
        return started;
    }

    private static String stateOf(Machine machine, String job) {
        return new Job(machine.lab(), job).state();
    }

    /// As on a machine where the service never ran.
    private void removeTheStore() {
        lab.run("btrfs", "subvolume", "set-default", "/").ok();
        bus.stopService();
        Await.until("the end of the service", () -> !bus.serviceRuns());
        lab.bash("""
                find "$1/roots" "$1/snapshots/btrfs/subvolumes" -mindepth 1 -maxdepth 1 \\
                    -exec btrfs -q subvolume delete {} +
                rm -rf "$1"/* /run/container-snap
                sync -f "$1"
                """, Machine.STATE).ok();
    }

    private static List<String> storeOf(Machine machine) {
        return machine.lab()
                .bash("cd \"$1\" && stat -c '%a %n' *", Machine.STATE)
                .ok()
                .lines()
                .toList();
    }
}
