package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.BUS_NAME;
import static org.opensuse.containersnap.client.story.Machine.STATE;
import static org.opensuse.containersnap.client.story.Machine.assertRefused;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.Lab;

/// Someone pins a system that is known to work.
class PinIT {
    @RegisterExtension
    final Lab lab = Lab.machine();

    private final Machine machine = new Machine(lab);
    private String image = "";
    private String work = "";

    @BeforeEach
    void pull() {
        image = machine.pull("tiny:1");
        work = machine.create(image);
    }

    private void pin(String id) {
        assertThat(lab.snap("pin", id).ok()).isEmpty();
    }

    private void assertPinned(String... ids) {
        assertThat(machine.json("list-snapshots").stream()
                        .filter(line -> line.endsWith(".pinned true"))
                        .count())
                .isEqualTo(ids.length);
        for (int i = 0; i < ids.length; i++) {
            assertThat(machine.json("status")).contains(".pinned[" + i + "] \"" + ids[i] + "\"");
        }
    }

    @Test
    void aPinnedSnapshotIsNotDeletedUntilItIsUnpinned() {
        pin(work);
        pin(work);
        assertPinned(work);
        assertThat(lab.snap("status").ok()).contains("\npinned     " + work + "\n");
        assertRefused(
                lab.snap("delete", "--id", work),
                "can't delete " + work + ": it is pinned; say 'container-snap unpin " + work + "' first");

        assertThat(lab.snap("unpin", work).ok()).isEmpty();
        assertThat(lab.snap("unpin", work).ok()).isEmpty();

        assertPinned();
        lab.snap("delete", "--id", work).ok();
        assertThat(machine.snapshots()).containsExactly(image);
    }

    @Test
    void anImageWhoseOwnSnapshotIsPinnedStays() {
        pin(image);

        assertRefused(lab.snap("delete", "--id", image), "can't delete " + image + ": it is pinned");
        assertRefused(lab.snap("delete", "--url", lab.image("tiny:1")), "can't delete " + image + ": it is pinned");
        lab.snap("unpin", image).ok();
        pin(work);
        lab.snap("delete", "--id", image).ok();

        assertThat(machine.snapshots()).containsExactly(work);
    }

    @Test
    void whatListsSnapshotsForProgramsIsAsBefore() {
        pin(work);

        assertThat(lab.snap("list-snapshots").ok())
                .isEqualTo("# snapshot-id,ro\n" + image + ",false\n" + work + ",false\n");
    }

    @Test
    void aPinOutlivesTheServiceTheMachineAndAnotherPull() {
        pin(image);
        pin(work);
        lab.reboot();
        assertPinned(image, work);

        assertThat(machine.pull("tiny:1")).isEqualTo(image);
        assertPinned(image, work);
        assertThat(machine.create(work)).isEqualTo(image + "-work2");
        assertPinned(image, work);
    }

    /// It is the only thing of a record that nothing else tells.
    @Test
    void aPinGoesWithItsRecord() {
        pin(work);
        lab.run("rm", STATE + "state/snapshots/" + work + ".json").ok();

        Await.until("the record", () -> lab.log().contains("made the record of a snapshot again snapshot=" + work));

        assertPinned();
    }

    /// The original program has its snapshots in podman's tree, and no records.
    @Test
    void aSnapshotOfTheOriginalProgramIsPinnedAndStaysSoWhenItsImageIsPulledAgain() {
        String other = machine.podman("pull", "--quiet", lab.image("relabel:1")).line();
        pin(other);
        assertRefused(lab.snap("delete", "--id", other), "can't delete " + other + ": it is pinned");

        assertThat(machine.pull("relabel:1")).isEqualTo(other);

        assertPinned(other);
    }

    @Test
    void whoListensHearsOfIt() throws Exception {
        try (Listener listener = new Listener(lab)) {
            String changed = "PropertiesChanged " + Bus.pathOf(work) + " " + BUS_NAME + ".Snapshot ";
            pin(work);
            listener.await(changed + "Pinned=1");
            lab.snap("unpin", work).ok();
            listener.await(changed + "Pinned=0");
        }
    }
}
