package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.ROOTS;
import static org.opensuse.containersnap.client.story.Machine.assertRefused;

import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.Lab;

/// What an administrator may do behind the daemon's back, by hand or by mistake.
class ClumsyAdministratorIT {
    private static final String DAEMON =
            "busctl call org.freedesktop.DBus / org.freedesktop.DBus GetConnectionUnixProcessID s "
                    + "org.opensuse.containersnap1 | cut -d ' ' -f 2";

    @RegisterExtension
    final Lab lab = Lab.machine();

    private final Machine machine = new Machine(lab);
    private String image = "";

    @BeforeEach
    void pull() {
        image = machine.pull("tiny:1");
    }

    @Test
    void aMountOverTheRunningRootDoesNotHideThatItRuns() {
        String running = machine.create(image);
        machine.switchTo(running);
        lab.reboot();
        machine.switchTo(machine.create(image));
        String before = machine.fingerprint("/etc");
        lab.bash(
                        "btrfs -q subvolume create \"$1/other\" && mount --bind \"$1/other\" \"$2\"",
                        Machine.STATE,
                        ROOTS + running)
                .ok();

        assertThat(lab.snap("delete", "--id", running).status()).isEqualTo(1);

        assertThat(machine.fingerprint("/etc")).isEqualTo(before);
        lab.run("umount", ROOTS + running).ok();
        assertThat(lab.snap("get-current").line()).isEqualTo(running);
    }

    @Test
    void aMountOverASnapshotIsNotBootedInItsPlace() {
        String work = machine.create(image);
        lab.bash(
                        "btrfs -q subvolume create \"$1/other\" && mount --bind \"$1/other\" \"$2\"",
                        Machine.STATE,
                        ROOTS + work)
                .ok();
        String before = lab.run("btrfs", "subvolume", "get-default", "/").ok();

        assertRefused(lab.snap("switch", work), work);
        assertRefused(lab.snap("create-snapshot", work), work);

        assertThat(lab.run("btrfs", "subvolume", "get-default", "/").ok()).isEqualTo(before);
    }

    @Test
    void aSnapshotInWhichSomethingIsMountedIsNotDeleted() {
        String work = machine.create(image);
        lab.bash(
                        "mkdir -p \"$1/mnt\" && mount -t tmpfs tmpfs \"$1/mnt\" && echo precious > \"$1/mnt/data\"",
                        ROOTS + work)
                .ok();

        assertRefused(lab.snap("delete", "--id", work), work, "mounted at", "/mnt");

        assertThat(lab.run("cat", ROOTS + work + "/mnt/data").line()).isEqualTo("precious");
        lab.run("umount", ROOTS + work + "/mnt").ok();
        lab.snap("delete", "--id", work).ok();
    }

    @Test
    void theNumberOfASnapshotDeletedByHandDoesNotComeBack() {
        machine.create(image);
        String second = machine.create(image);
        lab.run("btrfs", "-q", "subvolume", "delete", ROOTS + second).ok();
        lab.bash("kill $(" + DAEMON
                + ") && while busctl status org.opensuse.containersnap1 >/dev/null 2>&1; do :; done");

        assertThat(machine.create(image)).isEqualTo(image + "-work3");
    }

    @Test
    void aMountWithANameThatIsNoTextHoldsUpNothing() {
        lab.bash("mkdir /tmp/$'m\\xff' && mount -t tmpfs tmpfs /tmp/$'m\\xff'").ok();

        assertThat(machine.create(image)).isEqualTo(image + "-work1");
    }

    @Test
    void cancellingAtAnyMomentLeavesTheDaemonRunning() throws IOException, InterruptedException {
        String daemon = lab.bash(DAEMON).line();
        for (int i = 0; i < 12; i++) {
            Process pull = lab.start("container-snap", "pull", lab.image("bootable:1"));
            // The moment differs by how far the pull came when its output was read.
            for (int line = 0; line <= i % 3; line++) {
                pull.errorReader().readLine();
            }
            lab.bash("pkill -INT -x container-snap || true").ok();
            assertThat(pull.waitFor()).isIn(0, 1);
        }

        assertThat(lab.bash(DAEMON).line()).isEqualTo(daemon);
        assertThat(machine.images()).contains(image);
    }
}
