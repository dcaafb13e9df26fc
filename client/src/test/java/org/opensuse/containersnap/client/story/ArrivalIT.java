package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.RegistryImage;
import org.opensuse.containersnap.client.story.Bus.Job;

/// An image that comes becomes a snapshot at once and as a whole.
class ArrivalIT {
    @RegisterExtension
    static final Lab lab = Lab.machine();

    /// podman's layer of it is one already, and the root is still to be taken.
    private static final String WAITS = "bring/root#2";

    @Test
    void anImageIsNoSnapshotBeforeItsRootIsTaken() throws Exception {
        FailPoint failPoint = new FailPoint(lab);
        failPoint.install();
        failPoint.setWait(WAITS);
        Machine machine = new Machine(lab);
        String first = machine.pull("tiny:1");
        RegistryImage second = RegistryImage.read(lab.registry(), "tiny", "1")
                .sibling("second")
                .push();

        Job job = new Bus(lab).pull(second.reference());
        Await.until("the step before the root", () -> lab.log().contains("step=" + WAITS));

        assertThat(machine.images()).contains(first, second.id());
        assertThat(machine.snapshots()).containsExactly(first);
        Machine.assertRefused(lab.snap("get-root", second.id()), second.id());
        assertThat(job.get("EndTime")).isEqualTo("0");

        failPoint.goOn();
        assertThat(job.end()).isEqualTo("succeeded");
        assertThat(machine.snapshots()).containsExactly(first, second.id());
        assertThat(lab.snap("get-root", second.id()).line()).isEqualTo(Machine.ROOTS + second.id() + "/");
    }
}
