package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.BUS_NAME;
import static org.opensuse.containersnap.client.story.Machine.TOP;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.Lab;

/// A program that only listens, the script `bus-reader`, knows what is there: it hears of all that comes, changes and
/// goes.
class BusSignalsIT {
    @RegisterExtension
    static final Lab lab = Lab.machine();

    private static final String JOB = TOP + "/job/[0-9]+";
    private static final Machine machine = new Machine(lab);

    @Test
    void aSnapshotIsHeardComingChangingAndGoing() throws Exception {
        String image = machine.pull("tiny:1");
        String before = machine.create(image);
        machine.switchTo(before);
        try (Listener listener = new Listener(lab)) {
            String made = machine.create(image);
            String changed = "PropertiesChanged " + Bus.pathOf(made) + " " + BUS_NAME + ".Snapshot ";
            listener.await("InterfacesAdded " + Bus.pathOf(made) + " " + BUS_NAME + ".Snapshot");
            listener.await("PropertiesChanged " + TOP + "/image/" + image + " " + BUS_NAME + ".Image Snapshots=.*'"
                    + made + "'\\]");

            lab.snap("set-readonly-state", "--readonly", made).ok();
            listener.await(changed + "ReadOnly=1");

            machine.switchTo(made);
            listener.awaitAll(
                    changed + "Default=1",
                    "PropertiesChanged " + Bus.pathOf(before) + " " + BUS_NAME + ".Snapshot Default=0",
                    "PropertiesChanged " + TOP + " " + BUS_NAME + ".Manager DefaultChosenTime=[1-9].* DefaultSnapshot="
                            + made + " DefaultSubvolume=.*/" + made + ".*");

            String manager = "PropertiesChanged " + TOP + " " + BUS_NAME + ".Manager ";
            lab.snap("rollback").ok();
            listener.awaitAll(
                    changed + "Default=0",
                    manager + ".*RollbackSnapshot=" + made + ".*",
                    manager + ".*RollbackSubvolume=.*/" + made + ".*");
            lab.snap("rollback", "--forget").ok();
            listener.awaitAll(manager + ".*RollbackAvailable=0.*", manager + ".*RollbackSubvolume=.*");
            lab.snap("delete", "--id", made).ok();
            listener.await("InterfacesRemoved " + Bus.pathOf(made) + " " + BUS_NAME + ".Snapshot");
        }
    }

    @Test
    void anImageAndItsJobsAreHeard() throws Exception {
        try (Listener listener = new Listener(lab)) {
            String image = machine.pull("bootable:1");
            String job = listener.await("InterfacesAdded (" + JOB + ") " + BUS_NAME + ".Job");
            listener.await("JobNew " + job);
            listener.await("PropertiesChanged " + job + " " + BUS_NAME + ".Job .*State=running.*");
            listener.await("PropertiesChanged " + job + " .*Phase=downloading.*");
            listener.await("PropertiesChanged " + job + " .*BytesDone=[1-9].*");
            listener.awaitAll(
                    "PropertiesChanged " + job + " .*EndTime=[1-9].*Result=.*" + image + ".*State=succeeded.*",
                    "InterfacesAdded " + TOP + "/image/" + image + " " + BUS_NAME + ".Image",
                    "InterfacesAdded " + Bus.pathOf(image) + " " + BUS_NAME + ".Snapshot");

            machine.podman("tag", image, "localhost/another:1").ok();
            lab.snap("delete", "--url", "localhost/another:1").ok();
            listener.await("JobNew " + JOB);
            lab.snap("delete", "--id", image).ok();
            listener.await("JobNew " + JOB);
            listener.awaitAll(
                    "PropertiesChanged " + JOB + " .*State=succeeded.*",
                    "InterfacesRemoved " + TOP + "/image/" + image + " " + BUS_NAME + ".Image",
                    "InterfacesRemoved " + Bus.pathOf(image) + " " + BUS_NAME + ".Snapshot");
        }
    }

    @Test
    void anOldJobIsHeardGoing() throws Exception {
        machine.pull("tiny:1");
        try (Listener listener = new Listener(lab)) {
            String oldest = new Bus(lab).jobs().getFirst();
            lab.bash("for i in {1..52}; do ! container-snap pull \"$1/absent:$i\" 2>/dev/null; done", lab.registry())
                    .ok();

            listener.await("InterfacesRemoved " + oldest + " " + BUS_NAME + ".Job");
            listener.await("JobRemoved " + oldest);
            assertThat(new Bus(lab).jobs()).hasSizeBetween(50, 51).doesNotContain(oldest);
            assertThat(lab.run("busctl", "introspect", BUS_NAME, oldest).status())
                    .isNotZero();
        }
    }
}
