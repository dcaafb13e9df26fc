package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.ROOTS;
import static org.opensuse.containersnap.client.story.Machine.STATE;
import static org.opensuse.containersnap.client.story.Machine.assertRefused;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.Lab;

/// A machine that the original program set up keeps working. That program booted from podman's own subvolumes: an image
/// is its top layer, and a snapshot of it lies beside that as `<top layer>-work<N>`.
class OriginalLayoutIT {
    private static final String SUBVOLUMES = STATE + "snapshots/btrfs/subvolumes/";

    @RegisterExtension
    final Lab lab = Lab.machine();

    private final Machine machine = new Machine(lab);
    private String image = "";
    private String layer = "";

    /// The snapshot that the original program made.
    private String work = "";

    /// The machine runs from a snapshot that the original program made, and this program never ran on it.
    @BeforeEach
    void setUpAsTheOriginalDid() {
        image = machine.podman("pull", "--quiet", lab.image("tiny:1")).line();
        layer = lab.run("ls", SUBVOLUMES).line();
        work = image + "-work1";
        lab.run("btrfs", "-q", "subvolume", "snapshot", SUBVOLUMES + layer, SUBVOLUMES + layer + "-work1")
                .ok();
        lab.bash("echo original > \"$1/etc/made-by\"", SUBVOLUMES + layer + "-work1")
                .ok();
        bootBehindOurBack(layer + "-work1");
    }

    @Test
    void itsSnapshotsAreListedUnderTheirIds() {
        assertThat(lab.snap("list-snapshots").ok())
                .isEqualTo("# snapshot-id,ro\n" + image + ",false\n" + work + ",false\n");
        assertThat(lab.snap("list-images").line()).startsWith(image + ",").endsWith("," + lab.image("tiny:1"));
        assertThat(lab.snap("get-current").line()).isEqualTo(work);
        assertThat(lab.snap("get-default").line()).isEqualTo(work);
        assertThat(lab.snap("get-root", image).line()).isEqualTo(SUBVOLUMES + layer + "/");
        assertThat(lab.snap("get-root", work).line()).isEqualTo(SUBVOLUMES + layer + "-work1/");
        assertThat(lab.snap("get-readonly-state", work).line()).isEqualTo("false");
        assertThat(lab.snap("status").ok()).contains("booted     " + work, "next boot  the same");
    }

    @Test
    void newSnapshotsAreMadeOfWhatItLeftAndReplaceIt() {
        String ofImage = machine.create(image);
        String ofWork = machine.create(work);

        assertThat(ofImage).isEqualTo(image + "-work2");
        assertThat(ofWork).isEqualTo(image + "-work3");
        assertThat(lab.snap("get-root", ofWork).line()).isEqualTo(ROOTS + ofWork + "/");
        assertThat(lab.run("cat", ROOTS + ofWork + "/etc/made-by").line()).isEqualTo("original");
        assertThat(lab.run("ls", ROOTS + ofImage + "/etc/made-by").status()).isNotZero();

        machine.switchTo(ofWork);
        lab.reboot();
        assertThat(lab.snap("get-current").line()).isEqualTo(ofWork);
        assertRefused(lab.snap("delete", "--id", work), work, "a rollback goes to it");
        lab.snap("rollback", "--forget").ok();
        lab.snap("delete", "--id", work).ok();
        assertThat(lab.run("ls", SUBVOLUMES).line()).isEqualTo(layer);
        assertThat(machine.snapshots()).containsExactly(image, ofImage, ofWork);
        lab.snap("delete", "--id", image).ok();
        assertThat(lab.run("ls", SUBVOLUMES).ok()).isEmpty();
        assertThat(machine.snapshots()).containsExactly(ofImage, ofWork);
        assertThat(machine.create(ofImage)).isEqualTo(image + "-work4");
    }

    @Test
    void theSwitchGoesBetweenItsSnapshotsAndOurs() {
        String ours = machine.create(work);
        machine.switchTo(ours);
        lab.reboot();
        machine.switchTo(work);
        assertThat(lab.snap("get-default").line()).isEqualTo(work);
        lab.reboot();
        assertThat(lab.snap("get-current").line()).isEqualTo(work);
        machine.switchTo(image);
        assertThat(lab.snap("get-default").line()).isEqualTo(image);
        lab.reboot();
        assertThat(lab.snap("get-current").line()).isEqualTo(image);
        assertThat(lab.snap("get-default").line()).isEqualTo(image);
    }

    /// The subvolume is podman's own, so it is found neither by a snapshot's name nor below `roots/`.
    @Test
    void aRollbackGoesToTheLayerThatItRanFrom() {
        bootBehindOurBack(layer);
        machine.switchTo(machine.create(work));
        assertThat(machine.property("", "Manager", "RollbackSnapshot")).isEqualTo("s \"" + image + "\"");
        lab.reboot();

        assertThat(lab.snap("rollback").ok()).isEmpty();
        lab.reboot();
        assertThat(lab.snap("get-current").line()).isEqualTo(image);
    }

    @Test
    void theSnapshotThatItRunsFromIsGuarded() {
        String content = machine.fingerprint(SUBVOLUMES + layer + "-work1");

        assertRefused(lab.snap("delete", "--id", work), work, "the machine runs from it");
        assertRefused(lab.snap("set-readonly-state", "--readonly", work), work, "runs from it", "force");
        machine.switchTo(machine.create(work));
        assertRefused(lab.snap("delete", "--id", work), work, "the machine runs from it");

        assertThat(machine.fingerprint(SUBVOLUMES + layer + "-work1")).isEqualTo(content);
        assertThat(machine.snapshots()).hasSize(3).contains(image, work);
    }

    @Test
    void theImageWhoseLayerIsTheDefaultOrRunningIsGuarded() {
        String content = machine.fingerprint(SUBVOLUMES + layer);
        machine.switchTo(image);
        assertRefused(lab.snap("delete", "--id", image), image, "the next boot takes it");
        assertRefused(lab.snap("delete", "--url", lab.image("tiny:1")), image, "the next boot takes it");

        lab.reboot();
        machine.switchTo(work);
        assertRefused(lab.snap("delete", "--id", image), image, "the machine runs from it");
        assertRefused(lab.snap("delete", "--url", lab.image("tiny:1")), image, "the machine runs from it");

        assertThat(machine.fingerprint(SUBVOLUMES + layer)).isEqualTo(content);
        assertThat(machine.images()).containsExactly(image);
        assertThat(machine.podman("images", "--quiet", "--no-trunc").line()).isEqualTo("sha256:" + image);
    }

    /// The original nested the second snapshot of a base inside the first.
    @Test
    void whatHasSubvolumesInsideIsGuarded() {
        machine.switchTo(machine.create(work));
        lab.reboot();
        lab.snap("rollback", "--forget").ok();
        for (String directory : new String[] {SUBVOLUMES + layer, SUBVOLUMES + layer + "-work1"}) {
            lab.run("btrfs", "-q", "subvolume", "snapshot", SUBVOLUMES + layer, directory + "/" + layer)
                    .ok();
        }

        assertRefused(lab.snap("delete", "--id", image), image, "'" + layer + "' inside");
        assertRefused(lab.snap("delete", "--id", work), work, "'" + layer + "' inside");

        lab.run("test", "-d", SUBVOLUMES + layer + "/" + layer + "/etc").ok();
        lab.run("test", "-d", SUBVOLUMES + layer + "-work1/" + layer + "/etc").ok();
        assertThat(machine.images()).containsExactly(image);
    }

    @Test
    void pullingTheImageAgainWhileTheMachineRunsFromItsLayerKeepsThatAsTheRoot() {
        bootBehindOurBack(layer);
        lab.run("touch", "/etc/of-this-machine").ok();

        assertThat(machine.pull("tiny:1")).isEqualTo(image);

        assertThat(machine.snapshots()).containsExactly(image, work);
        assertThat(lab.snap("get-current").line()).isEqualTo(image);
        assertThat(lab.snap("get-root", image).line()).isEqualTo(SUBVOLUMES + layer + "/");
        assertThat(machine.property("image/" + image, "Image", "Origin"))
                .isEqualTo("s \"docker://" + lab.image("tiny:1") + "\"");
        String made = machine.create(image);
        lab.run("test", "-e", ROOTS + made + "/etc/of-this-machine").ok();
        machine.switchTo(made);
        lab.reboot();
        assertRefused(lab.snap("delete", "--id", image), image, "a rollback goes to it");
        lab.snap("rollback", "--forget").ok();
        lab.snap("delete", "--id", image).ok();
        assertThat(machine.snapshots()).containsExactly(work, made);
    }

    @Test
    void pullingTheImageAgainWhileASnapshotOfItRunsGivesItARootOfItsOwn() {
        assertThat(machine.pull("tiny:1")).isEqualTo(image);

        assertThat(machine.snapshots()).containsExactlyInAnyOrder(image, work);
        assertThat(lab.snap("get-root", image).line()).isEqualTo(ROOTS + image + "/");
        assertThat(lab.snap("get-current").line()).isEqualTo(work);
        assertThat(machine.create(image)).isEqualTo(image + "-work2");
    }

    @Test
    void deletingTheImageKeepsItsSnapshotsUnderTheirIds() {
        lab.snap("delete", "--id", image).ok();

        assertThat(machine.images()).isEmpty();
        assertThat(lab.run("ls", SUBVOLUMES).line()).isEqualTo(layer + "-work1");
        assertThat(machine.snapshots()).containsExactly(work);
        lab.reboot();
        assertThat(lab.snap("get-current").line()).isEqualTo(work);
        assertThat(lab.snap("get-root", work).line()).isEqualTo(SUBVOLUMES + layer + "-work1/");
        String second = machine.create(work);
        assertThat(second).isEqualTo(image + "-work2");

        machine.switchTo(second);
        lab.reboot();
        lab.snap("rollback", "--forget").ok();
        lab.snap("delete", "--id", work).ok();
        assertThat(machine.snapshots()).containsExactly(second);
        assertThat(machine.pull("tiny:1")).isEqualTo(image);
        assertThat(machine.snapshots()).containsExactly(second, image);
        assertThat(machine.create(image)).isEqualTo(image + "-work3");
    }

    @Test
    void anImageThatPodmanRemovesLeavesItsSnapshotsUnderTheirIds() {
        assertThat(machine.snapshots()).containsExactly(image, work);

        machine.podman("rmi", image).ok();

        assertThat(machine.snapshots()).containsExactly(work);
        assertThat(lab.snap("get-current").line()).isEqualTo(work);
        assertRefused(lab.snap("delete", "--id", work), work, "the machine runs from it");
        assertThat(machine.create(work)).isEqualTo(image + "-work2");
    }

    @Test
    void anImageThatPodmanPullsIsASnapshotAlsoWhenItWasDeletedBefore() {
        machine.pull("tiny:1");
        lab.snap("delete", "--id", image).ok();
        assertThat(machine.snapshots()).containsExactly(work);

        machine.podman("pull", "--quiet", lab.image("tiny:1")).ok();

        assertThat(machine.snapshots()).containsExactlyInAnyOrder(image, work);
        assertThat(lab.snap("get-root", image).line()).isEqualTo(SUBVOLUMES + layer + "/");
        machine.switchTo(image);
        lab.reboot();
        assertThat(lab.snap("get-current").line()).isEqualTo(image);
    }

    @Test
    void anotherImageWithTheLayerThatTheMachineRunsFromGetsARootOfItsOwn() {
        String one = machine.podman("pull", "--quiet", lab.image("bootable:1")).line();
        bootBehindOurBack(layerOfOtherImage());

        String other = machine.pull("relabel:1");

        assertThat(lab.snap("get-current").line()).isEqualTo(one);
        assertThat(lab.snap("get-root", other).line()).isEqualTo(ROOTS + other + "/");
        machine.switchTo(other);
        assertThat(lab.snap("get-default").line()).isEqualTo(other);
        lab.reboot();
        assertThat(lab.snap("get-current").line()).isEqualTo(other);
        assertRefused(lab.snap("delete", "--id", one), one, "a rollback goes to it");
        lab.snap("rollback", "--forget").ok();
        lab.snap("delete", "--id", one).ok();
        assertThat(machine.snapshots()).containsExactly(image, work, other);
    }

    @Test
    void imagesThatShareTheLayerThatTheMachineRunsFromAreAllThereAndCanGo() {
        String one = machine.podman("pull", "--quiet", lab.image("bootable:1")).line();
        String other = machine.podman("pull", "--quiet", lab.image("relabel:1")).line();
        String shared = layerOfOtherImage();
        bootBehindOurBack(shared);
        String content = machine.fingerprint(SUBVOLUMES + shared + "/usr/bin");

        assertThat(machine.snapshots()).contains(image, work, one, other);
        assertThat(lab.snap("get-current").line()).isIn(one, other);
        assertThat(lab.snap("get-root", one).line()).isEqualTo(SUBVOLUMES + shared + "/");
        assertThat(lab.snap("get-root", other).line()).isEqualTo(SUBVOLUMES + shared + "/");
        assertRefused(lab.snap("delete", "--id", one), one, "the machine runs from it");
        assertRefused(lab.snap("delete", "--id", other), other, "the machine runs from it");

        String above = machine.pull("bootable:2");
        lab.snap("delete", "--id", above).ok();
        assertThat(machine.fingerprint(SUBVOLUMES + shared + "/usr/bin")).isEqualTo(content);

        machine.switchTo(machine.create(other));
        lab.reboot();
        assertRefused(lab.snap("delete", "--id", one), one, "a rollback goes to it");
        lab.snap("rollback", "--forget").ok();
        lab.snap("delete", "--id", one).ok();
        assertThat(machine.fingerprint(SUBVOLUMES + shared + "/usr/bin")).isEqualTo(content);
        assertThat(machine.snapshots()).containsExactly(image, work, other, other + "-work1");
        lab.snap("delete", "--id", other).ok();
        assertThat(machine.snapshots()).containsExactly(image, work, other + "-work1");
    }

    /// The name of the only other subvolume of podman than those of the image that is there from the start.
    private String layerOfOtherImage() {
        List<String> others = lab.run("ls", SUBVOLUMES)
                .ok()
                .lines()
                .filter(name -> !name.startsWith(layer))
                .toList();
        assertThat(others).hasSize(1);
        return others.getFirst();
    }

    private void bootBehindOurBack(String subvolume) {
        lab.run("btrfs", "subvolume", "set-default", SUBVOLUMES + subvolume).ok();
        lab.run("sync").ok();
        lab.reboot();
    }
}
