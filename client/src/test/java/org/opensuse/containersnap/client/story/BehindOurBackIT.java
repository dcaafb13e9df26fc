package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.BUS_NAME;
import static org.opensuse.containersnap.client.story.Machine.ROOTS;
import static org.opensuse.containersnap.client.story.Machine.STATE;
import static org.opensuse.containersnap.client.story.Machine.TOP;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.Lab;

/// Who listens hears of what others than the service changed: at once where the kernel tells, else at the next read.
/// What is listed is what is there.
class BehindOurBackIT {
    private static final String MANAGER_CHANGED = "PropertiesChanged " + TOP + " " + BUS_NAME + ".Manager ";

    @RegisterExtension
    final Lab lab = Lab.machine();

    private final Machine machine = new Machine(lab);
    private final Bus bus = new Bus(lab);

    private static String imageAdded(String image) {
        return "InterfacesAdded " + TOP + "/image/" + image + " " + BUS_NAME + ".Image";
    }

    private static String imageRemoved(String image) {
        return "InterfacesRemoved " + TOP + "/image/" + image + " " + BUS_NAME + ".Image";
    }

    private static String imageChanged(String image) {
        return "PropertiesChanged " + TOP + "/image/" + image + " " + BUS_NAME + ".Image ";
    }

    private static String added(String snapshot) {
        return "InterfacesAdded " + Bus.pathOf(snapshot) + " " + BUS_NAME + ".Snapshot";
    }

    private static String removed(String snapshot) {
        return "InterfacesRemoved " + Bus.pathOf(snapshot) + " " + BUS_NAME + ".Snapshot";
    }

    private static String changed(String snapshot) {
        return "PropertiesChanged " + Bus.pathOf(snapshot) + " " + BUS_NAME + ".Snapshot ";
    }

    /// What lies in `roots/` as subvolumes.
    private List<String> subvolumes() {
        return lab.bash("find \"$1\" -mindepth 1 -maxdepth 1 -inum 256 -printf '%f\\n' | sort", ROOTS)
                .ok()
                .lines()
                .toList();
    }

    @Test
    void podmanPullingTaggingAndRemovingAnImageIsHeard() throws Exception {
        try (Listener listener = new Listener(lab)) {
            String image =
                    machine.podman("pull", "--quiet", lab.image("tiny:1")).line();
            listener.awaitAll(imageAdded(image), added(image));

            machine.podman("tag", image, "localhost/mine:1").ok();
            listener.await(imageChanged(image) + "Names=.*'localhost/mine:1'.*");

            // Podman's layer was the snapshot until the service took a root, which is another subvolume.
            assertThat(machine.pull("tiny:1")).isEqualTo(image);
            listener.await(removed(image));
            listener.await(added(image));

            machine.podman("rmi", "--force", image).ok();
            listener.await(imageRemoved(image));
            assertThat(machine.images()).isEmpty();
            assertThat(machine.snapshots()).containsExactly(image).isEqualTo(subvolumes());
        }
    }

    @Test
    void snapshotsThatAreDeletedMovedOrMadeByHandAreHeard() throws Exception {
        String image = machine.pull("tiny:1");
        String first = machine.create(image);
        String second = machine.create(image);
        try (Listener listener = new Listener(lab)) {
            lab.run("btrfs", "-q", "subvolume", "delete", ROOTS + second).ok();
            listener.awaitAll(removed(second), imageChanged(image) + "Snapshots=.*'" + first + "'\\]");

            lab.run("mv", ROOTS + first, STATE + "elsewhere").ok();
            listener.await(removed(first));
            lab.run("mv", STATE + "elsewhere", ROOTS + first).ok();
            listener.await(added(first));

            String third = image + "-work3";
            lab.run("btrfs", "-q", "subvolume", "snapshot", ROOTS + first, ROOTS + third)
                    .ok();
            listener.await(added(third));
            assertThat(machine.snapshots()).containsExactlyInAnyOrderElementsOf(subvolumes());
            assertThat(machine.create(image)).isEqualTo(image + "-work4");
        }
    }

    @Test
    void directoriesThatGoAndComeBackAreWatchedAgain() throws Exception {
        String image = machine.pull("tiny:1");
        String work = machine.create(image);
        try (Listener listener = new Listener(lab)) {
            lab.run("mv", ROOTS, STATE + "away").ok();
            listener.awaitAll(removed(image), removed(work));
            lab.run("mv", STATE + "away", ROOTS).ok();
            listener.awaitAll(added(image), added(work));

            lab.bash("mv \"$1\" \"$1.away\" && mkdir \"$1\"", STATE + "snapshots")
                    .ok();
            listener.await(imageRemoved(image));
            lab.bash("rmdir \"$1\" && mv \"$1.away\" \"$1\"", STATE + "snapshots")
                    .ok();
            listener.await(imageAdded(image));

            lab.run("btrfs", "-q", "subvolume", "delete", ROOTS + work).ok();
            listener.await(removed(work));
        }
    }

    @Test
    void whatTheKernelDoesNotTellIsHeardWhenSomebodyReadsIt() throws Exception {
        String image = machine.pull("tiny:1");
        String work = machine.create(image);
        machine.switchTo(image);
        try (Listener listener = new Listener(lab)) {
            lab.run("btrfs", "subvolume", "set-default", ROOTS + work).ok();
            assertThat(lab.snap("get-default").line()).isEqualTo(work);
            listener.awaitAll(
                    MANAGER_CHANGED + "DefaultChosenBy= DefaultChosenTime=0 DefaultSnapshot=" + work
                            + " DefaultSubvolume=.*/" + work + ".*",
                    changed(work) + "Default=1",
                    changed(image) + "Default=0");

            lab.run("btrfs", "property", "set", ROOTS + work, "ro", "true").ok();
            assertThat(lab.snap("get-readonly-state", work).line()).isEqualTo("true");
            listener.await(changed(work) + "ReadOnly=1");

            lab.run("btrfs", "property", "set", ROOTS + work, "ro", "false").ok();
            assertThat(machine.snapshots()).hasSize(2);
            listener.await(changed(work) + "ReadOnly=0");

            // The store hidden by a mount: no entry of any directory has changed.
            lab.run("mount", "-t", "tmpfs", "tmpfs", STATE).ok();
            assertThat(machine.snapshots()).isEmpty();
            listener.awaitAll(removed(image), removed(work), imageRemoved(image));
            lab.run("umount", STATE).ok();
            assertThat(machine.images()).containsExactly(image);
            listener.awaitAll(added(image), added(work), imageAdded(image));
        }
    }

    @Test
    void whatAFailedPullTakesAwayAgainIsNotHeard() throws Exception {
        String image = machine.pull("tiny:1");
        String work = machine.create(image);
        lab.snap("delete", "--id", image).ok();
        lab.bash("mkdir \"$1\" && mount -t tmpfs tmpfs \"$1\"", ROOTS + image).ok();
        try (Listener listener = new Listener(lab)) {
            // Each of these that reads what was not told makes the service look.
            Process reader =
                    lab.start("bash", "-c", "until [[ -e /run/stop ]]; do container-snap list-images >/dev/null; done");
            assertThat(lab.snap("pull", lab.image("tiny:1")).status()).isEqualTo(1);
            lab.run("touch", "/run/stop").ok();
            assertThat(reader.waitFor()).isZero();
            lab.bash("umount \"$1\" && rmdir \"$1\"", ROOTS + image).ok();
            assertThat(machine.images()).isEmpty();
            lab.run("btrfs", "-q", "subvolume", "delete", ROOTS + work).ok();

            assertThat(listener.until(removed(work)))
                    .noneMatch(line -> line.contains("/image/"))
                    .noneMatch(line -> line.contains(Bus.pathOf(image) + " "))
                    .anyMatch(line -> line.contains("State=failed"));
        }
    }

    @Test
    void aRestartTellsNothingThatDidNotHappen() throws Exception {
        String image = machine.pull("tiny:1");
        String work = machine.create(image);
        try (Listener listener = new Listener(lab)) {
            bus.stopService();
            Await.until("the end of the service", () -> !bus.serviceRuns());
            lab.run("btrfs", "-q", "subvolume", "delete", ROOTS + work).ok();
            assertThat(machine.snapshots()).containsExactly(image);
            String next = machine.create(image);

            assertThat(next).isEqualTo(image + "-work2");
            assertThat(listener.until(added(next))).isEmpty();
        }
    }
}
