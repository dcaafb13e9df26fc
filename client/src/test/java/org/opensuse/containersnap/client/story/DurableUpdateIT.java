package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Caller.OPTIONS;
import static org.opensuse.containersnap.client.story.Machine.TOP;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.DiskCopy;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.story.PowerCutter.Told;

/// What a registry answered survives a loss of power, as what [DurableIT] is about: of a machine that runs a snapshot.
class DurableUpdateIT {
    @RegisterExtension
    final Lab lab = Lab.machineWithDiskToCopy();

    private final Machine machine = new Machine(lab);

    private static String lastCheck(Machine machine) {
        return machine.property("", "Manager", "LastCheck");
    }

    @Test
    @Tag("Manager.CheckUpdate")
    void theAnswerOfTheRegistryIsKnown() throws Exception {
        machine.switchTo(machine.pull("tiny:1"));
        lab.reboot();
        lab.run("mount", "-o", "remount,commit=300", "/").ok();
        assertThat(lastCheck(machine)).isEqualTo("t 0");
        try (PowerCutter cutter = new PowerCutter(lab);
                DiskCopy place = lab.placeForCopy();
                DiskCopy atEnd = place.atEndOfJob()) {
            Told told = cutter.call(place, TOP, "Manager.CheckUpdate", OPTIONS);
            assertThat(PowerCutter.await(told.end()).state()).isEqualTo("succeeded");

            try (Lab booted = atEnd.boot()) {
                assertThat(lastCheck(new Machine(booted)))
                        .isEqualTo(lastCheck(machine))
                        .isNotEqualTo("t 0");
            }
        }
    }
}
