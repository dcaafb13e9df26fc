package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.ROOTS;
import static org.opensuse.containersnap.client.story.Machine.assertRefused;
import static org.opensuse.containersnap.client.story.Machine.assertWrongCommandLine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Lab.Result;
import org.opensuse.containersnap.client.lab.RegistryImage;

/// The 13 ways in which the original program lost data, each set as a trap on a disk of its own, with what was at
/// stake read back from the disk afterwards.
class LossesIT {
    @RegisterExtension
    final Lab lab = Lab.machine();

    private final Machine machine = new Machine(lab);
    private String image = "";

    @BeforeEach
    void pull() {
        image = machine.pull("tiny:1");
    }

    @Test
    void h1TheImageThatTheNextBootTakesIsNotDeleted() {
        machine.switchTo(image);
        String before = machine.fingerprint(ROOTS + image);

        assertRefused(lab.snap("delete", "--id", image), image, "the next boot takes it");
        assertRefused(lab.snap("delete", "--url", lab.image("tiny:1")), image, "the next boot takes it");

        assertThat(machine.fingerprint(ROOTS + image)).isEqualTo(before);
        assertThat(machine.images()).containsExactly(image);
        machine.podman("images").ok();
        lab.reboot();
        assertThat(lab.snap("get-current").line()).isEqualTo(image);
    }

    @Test
    void h2TheImageThatTheMachineRunsFromIsNotDeleted() {
        machine.switchTo(image);
        lab.reboot();
        machine.switchTo(machine.create(image));
        String before = machine.fingerprint(ROOTS + image);

        assertRefused(lab.snap("delete", "--id", image), image, "the machine runs from it");

        assertThat(machine.fingerprint(ROOTS + image)).isEqualTo(before);
        assertThat(machine.images()).containsExactly(image);
    }

    @Test
    void h3TheRunningSnapshotIsNotDeletedWhenAnotherIsTheDefault() {
        String work = machine.create(image);
        machine.switchTo(work);
        lab.reboot();
        machine.switchTo(image);
        String before = machine.fingerprint(ROOTS + work);
        String mounts = lab.bash("cut -d ' ' -f 5 /proc/self/mountinfo | sort").ok();

        assertRefused(lab.snap("delete", "--id", work), work, "the machine runs from it");

        assertThat(lab.bash("cut -d ' ' -f 5 /proc/self/mountinfo | sort").ok()).isEqualTo(mounts);
        assertThat(machine.fingerprint(ROOTS + work)).isEqualTo(before);
        assertThat(machine.snapshots()).containsExactly(image, work);
    }

    @Test
    void h4ASnapshotWithSubvolumesInsideKeepsThem() {
        String work = machine.create(image);
        lab.bash("btrfs -q subvolume create \"$1/srv\" && echo precious > \"$1/srv/data\"", ROOTS + work)
                .ok();
        lab.bash("btrfs -q subvolume create \"$1/srv\" && echo precious > \"$1/srv/data\"", ROOTS + image)
                .ok();
        String before = machine.fingerprint(ROOTS + work);

        assertRefused(lab.snap("delete", "--id", work), work, "'srv' inside");
        assertRefused(lab.snap("delete", "--id", image), image, "'srv' inside");

        assertThat(lab.run("cat", ROOTS + work + "/srv/data", ROOTS + image + "/srv/data")
                        .ok())
                .isEqualTo("precious\nprecious\n");
        assertThat(machine.fingerprint(ROOTS + work)).isEqualTo(before);
        assertThat(machine.images()).containsExactly(image);
    }

    @Test
    void h5SnapshotsOfOneBaseGetDifferentIdsAndAreNotNested() throws Exception {
        List<String> made = new ArrayList<>(List.of(machine.create(image), machine.create(image)));
        made.addAll(atOnce(4, () -> machine.create(image)));

        assertThat(made).doesNotHaveDuplicates().allMatch(id -> id.matches(image + "-work[1-6]"));
        String names = lab.bash("ls -A \"$1\"", ROOTS + image).ok();
        for (String snapshot : made) {
            assertThat(lab.bash("ls -A \"$1\"", ROOTS + snapshot).ok()).isEqualTo(names);
        }
    }

    @Test
    void h6SnapshotsOfADeletedImageStayListedAndNumbersNeverComeBack() {
        String first = machine.create(image);
        String second = machine.create(image);
        lab.bash("echo kept > \"$1/kept\"", ROOTS + first).ok();
        lab.snap("delete", "--id", second).ok();
        lab.snap("delete", "--id", image).ok();

        assertThat(machine.images()).isEmpty();
        assertThat(machine.snapshots()).containsExactly(first);
        String third = machine.create(first);
        assertThat(third).isEqualTo(image + "-work3");
        assertThat(lab.run("cat", ROOTS + third + "/kept").line()).isEqualTo("kept");

        lab.snap("delete", "--id", first).ok();
        lab.snap("delete", "--id", third).ok();
        assertThat(machine.pull("tiny:1")).isEqualTo(image);
        assertThat(machine.snapshots()).containsExactly(image);
        assertThat(machine.create(image)).isEqualTo(image + "-work4");
    }

    @Test
    void h7APrefixANameAndAWorkZeroDeleteNothing() {
        machine.create(image);
        List<String> before = machine.snapshots();

        for (String id : List.of(image.substring(0, 1), image.substring(0, 12), "tiny", image + "-work0")) {
            assertWrongCommandLine(lab.snap("delete", "--id", id), id);
        }
        assertRefused(lab.snap("delete", "--url", image.substring(0, 12)), "there is no image");

        assertThat(machine.snapshots()).isEqualTo(before);
        assertThat(machine.images()).containsExactly(image);
    }

    @Test
    void h8ImagesThatShareATopLayerAreBothThereAndAnImageWithoutALayerIsRefused() throws Exception {
        String one = machine.pull("bootable:1");
        String other = machine.pull("relabel:1");
        assertThat(other).isNotEqualTo(one);
        assertThat(machine.snapshots()).containsExactly(image, one, other);
        lab.bash("echo one > \"$1/etc/which\"", ROOTS + one).ok();
        lab.snap("delete", "--id", other).ok();
        assertThat(lab.run("cat", ROOTS + one + "/etc/which").line()).isEqualTo("one");

        RegistryImage.withoutLayers(lab.registry(), "empty", "1").push();
        Result pull = lab.snap("pull", lab.image("empty:1"));
        assertThat(pull.status()).isEqualTo(1);
        assertThat(pull.err().lines().toList().getLast()).contains("has no layer");
        assertThat(machine.images()).containsExactly(image, one);

        lab.run("btrfs", "subvolume", "set-default", "5", "/").ok();
        assertRefused(lab.snap("get-default"), "no container-snap snapshot");
        assertThat(machine.snapshots()).containsExactly(image, one);
    }

    @Test
    void h9AnImageThatLosesOneOfItsNamesStays() {
        machine.podman("tag", image, "localhost/other:2").ok();

        assertThat(lab.snap("delete", "--url", "localhost/other:2").ok()).isEmpty();
        assertThat(lab.snap("list-images").ok()).contains(image, lab.image("tiny:1"));
        assertThat(machine.snapshots()).containsExactly(image);

        assertThat(lab.snap("delete", "--url", lab.image("tiny:1")).ok()).isEmpty();
        assertThat(machine.images()).isEmpty();
        assertThat(machine.snapshots()).isEmpty();
        assertRefused(lab.snap("delete", "--url", lab.image("tiny:1")), "there is no image");
    }

    @Test
    void h10CreateDeleteAndSwitchAtTheSameTimeLeaveWholeSnapshotsAndADefault() throws Exception {
        String kept = machine.create(image);
        String names = lab.bash("ls -A \"$1\"", ROOTS + image).ok();
        machine.switchTo(kept);

        atOnce(6, () -> {
            for (int i = 0; i < 5; i++) {
                String mine = machine.create(image);
                Result chosen = lab.snap("switch", mine);
                Result deleted = lab.snap("delete", "--id", mine);
                assertThat(chosen.status()).as(chosen.err()).isZero();
                // Another thread may have switched away from it, or not.
                assertThat(deleted.status()).as(deleted.err()).isIn(0, 1);
            }
            return "";
        });

        String next = lab.snap("get-default").line();
        assertThat(machine.snapshots()).contains(image, kept, next);
        for (String snapshot : machine.snapshots()) {
            assertThat(lab.bash("ls -A \"$1\"", ROOTS + snapshot).ok()).isEqualTo(names);
        }
        lab.reboot();
        assertThat(lab.snap("get-current").line()).isEqualTo(next);
    }

    @Test
    void h11AKillDuringALoadLeavesNoTemporaryFiles() throws Exception {
        String archive = lab.inside(lab.scratch().resolve("bootable.tar"));
        lab.run(
                "skopeo",
                "copy",
                "--src-tls-verify=false",
                "docker://" + lab.image("bootable:1"),
                "oci-archive:" + archive);
        Process load = lab.start("container-snap", "load", "-i", archive);
        String daemon = lab.bash(
                        "until find /var/lib/container-snap/tmp -mindepth 1 -size +1M 2>/dev/null | grep -q .; do "
                                + "[ $SECONDS -lt 60 ]; done; busctl call org.freedesktop.DBus / org.freedesktop.DBus "
                                + "GetConnectionUnixProcessID s org.opensuse.containersnap1")
                .line();
        lab.run("kill", "-KILL", daemon.substring("u ".length())).ok();
        assertThat(load.waitFor()).isEqualTo(1);

        assertThat(machine.images()).containsExactly(image);
        assertThat(machine.snapshots()).containsExactly(image);
        assertThat(lab.bash("find /var/tmp /var/lib/container-snap/tmp -mindepth 1")
                        .ok())
                .isEmpty();
        assertThat(lab.bash("ls /var/lib/container-snap/snapshots/btrfs/subvolumes | wc -l")
                        .line())
                .isEqualTo("1");
    }

    @Test
    void h12TheRunningRootTurnsReadOnlyOnlyByForce() {
        machine.switchTo(image);
        lab.reboot();

        assertRefused(lab.snap("set-readonly-state", "--readonly", image), image, "runs from it", "force");
        lab.run("touch", "/still-writable").ok();
        assertThat(lab.snap("get-readonly-state", image).line()).isEqualTo("false");

        assertThat(lab.snap("set-readonly-state", "--readonly", "--force", image)
                        .ok())
                .isEmpty();
        assertThat(lab.run("touch", "/not-any-more").err()).contains("Read-only file system");
        lab.snap("set-readonly-state", "--no-readonly", image).ok();
        lab.run("touch", "/writable-again").ok();
    }

    @Test
    void p1WhatPodmanRemovesIsNothingThatBoots() {
        String work = machine.create(image);
        machine.switchTo(work);
        String before = machine.fingerprint(ROOTS + work);

        machine.podman("rmi", "--all", "--force").ok();
        machine.podman("system", "prune", "--all", "--force", "--volumes");

        assertThat(machine.images()).isEmpty();
        assertThat(machine.snapshots()).containsExactly(image, work);
        assertThat(machine.fingerprint(ROOTS + work)).isEqualTo(before);
        lab.reboot();
        assertThat(lab.snap("get-current").line()).isEqualTo(work);
        assertThat(machine.pull("tiny:1")).isEqualTo(image);
    }

    private static List<String> atOnce(int threads, Callable<String> work) throws Exception {
        List<String> results = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<String>> futures = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                futures.add(pool.submit(work));
            }
            for (Future<String> future : futures) {
                results.add(future.get());
            }
        }
        return results;
    }
}
