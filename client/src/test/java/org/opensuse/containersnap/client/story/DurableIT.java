package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.ROOTS;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.Lab;

/// What was answered survives a loss of power right after the answer: it is in a copy of the disk made at that moment.
class DurableIT {
    @RegisterExtension
    static final Lab lab = Lab.machineWithDiskToCopy();

    private static final Machine machine = new Machine(lab);
    private String image = "";

    @BeforeEach
    void pull() {
        image = machine.pull("tiny:1");
    }

    /// Without this the other tests would show nothing.
    @Test
    void theCopyLacksWhatNobodyMadeDurable() {
        String work = machine.create(image);
        machine.switchTo(image);

        lab.run("btrfs", "subvolume", "set-default", ROOTS + work).ok();
        lab.run("touch", ROOTS + work + "/written").ok();

        String copy = lab.copyOfDisk();
        assertThat(defaultOf(copy)).endsWith("/" + image);
        assertThat(names(copy, "roots/" + work)).contains("etc").doesNotContain("written");
    }

    @Test
    void aCreatedSnapshotIsThereWithItsRecord() {
        String work = machine.create(image);

        String copy = lab.copyOfDisk();
        assertThat(machine.fingerprint(state(copy) + "roots/" + work)).isEqualTo(machine.fingerprint(ROOTS + image));
        assertThat(lab.run("cat", state(copy) + "state/snapshots/" + work + ".json")
                        .ok())
                .contains("\"base\":\"" + image + "\"", lab.image("tiny:1"));
    }

    @Test
    void whatWasSwitchedToIsTheDefault() {
        machine.switchTo(image);
        String work = machine.create(image);
        lab.run("touch", ROOTS + work + "/changed-before-the-switch").ok();

        machine.switchTo(work);

        String copy = lab.copyOfDisk();
        assertThat(defaultOf(copy)).endsWith("/roots/" + work);
        assertThat(names(copy, "roots/" + work)).contains("changed-before-the-switch");
    }

    @Test
    void theReadOnlyStateIsKept() {
        String work = machine.create(image);

        lab.snap("set-readonly-state", "--readonly", work).ok();
        String readOnly = lab.copyOfDisk();
        lab.snap("set-readonly-state", "--no-readonly", work).ok();
        String writable = lab.copyOfDisk();

        assertThat(readOnlyState(readOnly, work)).isEqualTo("ro=true");
        assertThat(readOnlyState(writable, work)).isEqualTo("ro=false");
    }

    @Test
    void aDeletedSnapshotIsGoneAndItsNumberStaysTaken() {
        String work = machine.create(image);

        lab.snap("delete", "--id", work).ok();

        String copy = lab.copyOfDisk();
        assertThat(names(copy, "roots")).contains(image).doesNotContain(work);
        assertThat(names(copy, "state/snapshots")).doesNotContain(work + ".json");
        assertThat(lab.run("cat", state(copy) + "state/images/" + image + ".json")
                        .ok())
                .contains("\"last_work\":" + work.replaceFirst(".*-work", ""));
    }

    @Test
    void aPulledImageIsThereWithItsRootAndItsRecord() {
        lab.snap("delete", "--id", image).ok();

        machine.pull("tiny:1");

        String copy = lab.copyOfDisk();
        assertThat(machine.fingerprint(state(copy) + "roots/" + image)).isEqualTo(machine.fingerprint(ROOTS + image));
        assertThat(imagesOfPodman(copy)).contains(image, lab.image("tiny:1"));
        assertThat(lab.run("cat", state(copy) + "state/images/" + image + ".json")
                        .ok())
                .contains("docker://" + lab.image("tiny:1"));
        String store = "snapshots/btrfs-layers snapshots/btrfs-images";
        assertThat(contents(state(copy), store)).isEqualTo(contents(Machine.STATE, store));
    }

    @Test
    void howAJobEndedIsThere() {
        assertThat(lab.snap("pull", lab.image("nothing:1")).status()).isEqualTo(1);
        String last =
                lab.bash("ls -v /var/lib/container-snap/state/jobs | tail -n 1").line();

        assertThat(lab.run("cat", state(lab.copyOfDisk()) + "state/jobs/" + last)
                        .ok())
                .contains("\"state\":\"failed\"", lab.image("nothing:1"));
    }

    @Test
    void aJobIsThereWithItsRequestIdWhenItsPathIsTold() {
        Bus bus = new Bus(lab);
        String nothing = lab.image("nothing:1");
        Bus.Job job = bus.job(bus.manager("Pull", Bus.text(nothing), "{'request_id': <'nightly'>}"));

        String copy = lab.copyOfDisk();
        assertThat(lab.run("cat", state(copy) + "state/jobs/" + job.path().replaceFirst(".*/", "") + ".json")
                        .ok())
                .contains("\"request_id\":\"nightly\"", "\"target\":\"docker://" + nothing + "\"");
        job.end();
    }

    @Test
    void aLoadedImageIsThereWithItsRoot() {
        String archive = lab.inside(lab.scratch().resolve("tiny.tar"));
        lab.run(
                        "skopeo",
                        "copy",
                        "-q",
                        "--src-tls-verify=false",
                        "docker://" + lab.image("tiny:1"),
                        "oci-archive:" + archive)
                .ok();
        lab.snap("delete", "--id", image).ok();

        assertThat(lab.snap("load", "-i", archive).out().strip()).isEqualTo(image);

        String copy = lab.copyOfDisk();
        assertThat(names(copy, "roots/" + image)).contains("etc", "usr");
        assertThat(imagesOfPodman(copy)).contains(image);
    }

    @Test
    void aDeletedImageIsGone() {
        machine.switchTo(machine.create(image));

        lab.snap("delete", "--id", image).ok();

        String copy = lab.copyOfDisk();
        assertThat(names(copy, "roots")).doesNotContain(image);
        assertThat(names(copy, "snapshots/btrfs/subvolumes")).isEmpty();
        assertThat(imagesOfPodman(copy)).doesNotContain(image);
    }

    @Test
    void aNameThatWasTakenAwayIsGone() {
        machine.podman("tag", image, "localhost/other:2").ok();

        lab.snap("delete", "--url", "localhost/other:2").ok();

        assertThat(imagesOfPodman(lab.copyOfDisk())).contains("\"names\":[\"" + lab.image("tiny:1") + "\"]");
    }

    private static String state(String copy) {
        return copy + "/@container-snap/";
    }

    private static List<String> names(String copy, String directory) {
        return lab.run("ls", state(copy) + directory).ok().lines().toList();
    }

    /// What is in the files below some directories, but for podman's locks.
    private static List<String> contents(String top, String directories) {
        return lab.bash(
                        "cd \"$1\"; find $2 -type f ! -name '*.lock' -print0 | sort -z | xargs -0 sha256sum",
                        top,
                        directories)
                .ok()
                .lines()
                .toList();
    }

    /// Path of the default subvolume.
    private static String defaultOf(String copy) {
        return lab.run("btrfs", "subvolume", "get-default", copy).line();
    }

    private static String readOnlyState(String copy, String snapshot) {
        return lab.run("btrfs", "property", "get", state(copy) + "roots/" + snapshot, "ro")
                .line();
    }

    private static String imagesOfPodman(String copy) {
        return lab.run("cat", state(copy) + "snapshots/btrfs-images/images.json")
                .ok();
    }
}
