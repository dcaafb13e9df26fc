package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.STATE;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.story.Bus.Job;

/// The service is killed while two jobs have to do with the same image.
class KilledTogetherIT {
    private static final String DELETION = "delete-image/store#1";

    /// podman marks a layer so before it deletes it.
    private static final String MARK_LAYERS = """
            import json, sys
            with open(sys.argv[1]) as file:
                layers = json.load(file)
            for layer in layers:
                layer.setdefault("flags", {})["incomplete"] = True
            with open(sys.argv[1], "w") as file:
                json.dump(layers, file)
            """;

    @RegisterExtension
    final Lab lab = Lab.machine();

    private final Machine machine = new Machine(lab);
    private final Bus bus = new Bus(lab);
    private final FailPoint failPoint = new FailPoint(lab);

    @Test
    void anImageWhoseDeletionHadBegunIsGoneThoughAPullWaitedForIt() {
        failPoint.install();
        String image = machine.pull("tiny:1");
        bus.stopService();
        Await.until("the end of the service", () -> !bus.serviceRuns());
        failPoint.setWait(DELETION);
        lab.start("container-snap", "delete", "--id", image);
        Await.until("the deletion", () -> lab.log().contains("step=" + DELETION));
        Job pull = bus.pull(lab.image("tiny:1"));
        Await.until("the pull", () -> pull.get("Phase").contains("snapshotting"));

        bus.killService();
        lab.run("python3", "-c", MARK_LAYERS, STATE + "snapshots/btrfs-layers/layers.json")
                .ok();
        lab.snap("status").ok();

        DiskFacts facts = DiskFacts.of(lab);
        assertThat(machine.images()).isEmpty();
        assertThat(machine.snapshots()).isEmpty();
        assertThat(facts.images()).isEmpty();
        assertThat(facts.roots()).isEmpty();
        assertThat(facts.brokenImages()).isEmpty();
        assertThat(facts.wrong()).isEmpty();
        assertThat(machine.pull("tiny:1")).isEqualTo(image);
    }
}
