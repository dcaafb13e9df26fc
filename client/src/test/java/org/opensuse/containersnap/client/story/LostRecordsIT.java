package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.ROOTS;
import static org.opensuse.containersnap.client.story.Machine.STATE;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.Lab;

/// The disk is the truth: records that are deleted, damaged or another machine's neither hide nor invent anything.
class LostRecordsIT {
    private static final String RECORDS = STATE + "state/";
    private static final String LAYERS = STATE + "snapshots/btrfs/subvolumes/";

    @RegisterExtension
    final Lab lab = Lab.machine();

    private final Machine machine = new Machine(lab);
    private final Bus bus = new Bus(lab);

    private void stopService() {
        bus.stopService();
        Await.until("the end of the service", () -> !bus.serviceRuns());
    }

    private String snapshotProperty(String snapshot, String name) {
        return machine.property("snapshot/" + snapshot.replace('-', '_'), "Snapshot", name);
    }

    private void assertKnown(String image, String work, String ofWork) {
        String origin = "s \"docker://" + lab.image("tiny:1") + "\"";
        assertThat(snapshotProperty(work, "Base")).isEqualTo("s \"" + image + "\"");
        assertThat(snapshotProperty(ofWork, "Base")).isEqualTo("s \"" + work + "\"");
        assertThat(snapshotProperty(image, "Base")).isEqualTo("s \"\"");
        assertThat(List.of(image, work, ofWork))
                .allSatisfy(id -> assertThat(snapshotProperty(id, "Origin")).isEqualTo(origin));
        assertThat(machine.property("image/" + image, "Image", "Origin")).isEqualTo(origin);
    }

    @Test
    void recordsThatWereDeletedAreMadeAgainAtOnceAndAtTheStart() {
        String image = machine.pull("tiny:1");
        String work = machine.create(image);
        String ofWork = machine.create(work);

        lab.bash("rm -r \"$1\"/{images,snapshots}", RECORDS).ok();
        Await.until(
                "the records",
                () -> lab.bash("ls \"$1\"/{images,snapshots} 2>/dev/null | grep -c json || true", RECORDS)
                        .line()
                        .equals("4"));
        assertKnown(image, work, ofWork);
        assertThat(lab.log()).contains("made the record of a snapshot again snapshot=" + work);

        stopService();
        lab.run("rm", "-r", STATE + "state").ok();
        assertKnown(image, work, ofWork);
        assertThat(machine.snapshots()).containsExactly(image, work, ofWork);
        assertThat(machine.create(image)).isEqualTo(image + "-work3");
    }

    @Test
    void whoListensHearsThatTheWayBackIsGone() throws Exception {
        machine.switchTo(machine.pull("tiny:1"));
        assertThat(machine.property("", "Manager", "RollbackAvailable")).isEqualTo("b true");

        try (Listener listener = new Listener(lab)) {
            lab.run("rm", RECORDS + "rollback/target.json").ok();
            listener.await("PropertiesChanged " + Machine.TOP + " \\S+\\.Manager .*RollbackAvailable=0.*");
        }
    }

    @Test
    void damagedRecordsAreSetAsideAndMadeAgain() {
        String image = machine.pull("tiny:1");
        String work = machine.create(image);
        String ofWork = machine.create(work);
        assertThat(lab.snap("pull", lab.image("nothing:1")).status()).isEqualTo(1);
        assertThat(lab.snap("pull", lab.image("nothing:2")).status()).isEqualTo(1);
        stopService();

        lab.bash("""
                        cd "$1"
                        printf '{"last_work":"many"}' >images/$2.json
                        printf '\\0\\0\\0' >snapshots/$2.json
                        : >snapshots/$3.json
                        rm snapshots/$4.json && mkdir snapshots/$4.json && echo mine >snapshots/$4.json/file
                        echo '[]' >jobs/2.json
                        echo '{"operation":"mow"}' >jobs/3.json
                        """, RECORDS, image, work, ofWork).ok();

        assertKnown(image, work, ofWork);
        assertThat(machine.snapshots()).containsExactly(image, work, ofWork);
        assertThat(lab.snap("jobs").ok().lines().map(line -> line.replaceFirst(" .*", "")))
                .containsExactly("1");
        assertThat(lab.run("ls", RECORDS + "damaged").ok().lines())
                .containsExactlyInAnyOrder(
                        "images-1-" + image + ".json",
                        "jobs-1-2.json",
                        "jobs-2-3.json",
                        "snapshots-1-" + image + ".json",
                        "snapshots-2-" + work + ".json",
                        "snapshots-3-" + ofWork + ".json");
        assertThat(lab.run("cat", RECORDS + "damaged/snapshots-3-" + ofWork + ".json/file")
                        .line())
                .isEqualTo("mine");
        assertThat(lab.log())
                .contains("damaged record error=\"the record " + RECORDS + "snapshots/" + work + ".json is damaged: "
                        + "it is empty; it is " + RECORDS + "damaged/snapshots-2-" + work + ".json now\"");

        machine.pull("tiny:1");
        assertThat(bus.jobs()).containsExactly(Machine.TOP + "/job/1", Machine.TOP + "/job/4");
        assertThat(machine.create(image)).isEqualTo(image + "-work3");
    }

    /// What `cp -a` and rsync make of subvolumes are directories.
    @Test
    void aStoreThatWasCopiedAsFilesHasNothingAndCanBePulledInto() {
        String image = machine.pull("bootable:2");
        String work = machine.create(image);
        stopService();
        lab.bash("""
                        cd "$1"
                        umount snapshots/btrfs 2>/dev/null || true
                        cp -a --reflink=auto . /var/lib/copy
                        btrfs -q subvolume delete roots/* snapshots/btrfs/subvolumes/*
                        find . -mindepth 1 -delete
                        cp -a --reflink=auto /var/lib/copy/. .
                        """, STATE).ok();
        String before = machine.fingerprint(ROOTS + work);

        assertThat(machine.snapshots()).isEmpty();
        assertThat(machine.images()).isEmpty();
        assertThat(lab.log())
                .contains(ROOTS + image + " is no btrfs subvolume")
                .contains(ROOTS + work + " is no btrfs subvolume")
                .contains("the image " + image + " [" + lab.image("bootable:2") + "] is recorded in podman's store")
                .contains("dropped the record of a snapshot that is not there snapshot=" + work);

        assertThat(machine.pull("bootable:2")).isEqualTo(image);
        assertThat(machine.snapshots()).containsExactly(image);
        assertThat(machine.images()).containsExactly(image);
        assertThat(lab.run("test", "-x", ROOTS + image + "/sbin/init").status()).isZero();
        assertThat(machine.create(image)).isEqualTo(image + "-work2");
        assertThat(machine.fingerprint(ROOTS + work)).isEqualTo(before);
        assertThat(lab.run("test", "-d", ROOTS + image + ".no-subvolume/usr").status())
                .isZero();
        lab.snap("jobs").ok();
    }

    /// What `btrfs receive` makes are read-only subvolumes; podman's were not sent.
    @Test
    void aStoreThatWasReceivedHasItsSnapshotsReadOnly() {
        String image = machine.pull("tiny:1");
        String work = machine.create(image);
        String gone = machine.create(image);
        stopService();
        lab.bash("""
                        cd "$1"
                        umount snapshots/btrfs 2>/dev/null || true
                        for root in roots/*; do btrfs property set "$root" ro true; done
                        btrfs -q send -f /var/lib/sent "roots/$2" "roots/$3"
                        btrfs -q subvolume delete roots/* snapshots/btrfs/subvolumes/*
                        btrfs -q receive -f /var/lib/sent roots
                        """, STATE, image, work).ok();

        assertThat(lab.snap("list-snapshots").ok())
                .isEqualTo("# snapshot-id,ro\n" + image + ",true\n" + work + ",true\n");
        assertThat(machine.images()).isEmpty();
        assertThat(lab.log()).contains("dropped the record of a snapshot that is not there snapshot=" + gone);
        assertThat(machine.pull("tiny:1")).isEqualTo(image);
        assertThat(machine.images()).containsExactly(image);
        assertThat(machine.create(work)).isEqualTo(image + "-work3");
        machine.switchTo(image + "-work3");
        lab.reboot();
        assertThat(lab.snap("get-current").line()).isEqualTo(image + "-work3");
    }

    @Test
    void anImageWhoseLayerWasDeletedByHandIsPulledAgain() {
        String image = machine.pull("bootable:2");
        stopService();
        lab.bash("btrfs -q subvolume delete \"$1\"/* \"$2/$3\"", LAYERS, ROOTS, image)
                .ok();

        assertThat(machine.images()).isEmpty();
        assertThat(machine.snapshots()).isEmpty();
        assertThat(machine.pull("bootable:1")).isNotEqualTo(image);
        assertThat(machine.pull("bootable:2")).isEqualTo(image);
        assertThat(machine.images()).hasSize(2).contains(image);
        assertThat(machine.snapshots()).hasSize(2).contains(image);
        machine.podman("image", "ls").ok();
    }
}
