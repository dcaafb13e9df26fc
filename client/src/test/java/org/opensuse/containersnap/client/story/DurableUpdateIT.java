package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Caller.OPTIONS;
import static org.opensuse.containersnap.client.story.Machine.TOP;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.DiskCopy;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.RegistryImage;
import org.opensuse.containersnap.client.story.PowerCutter.Told;

/// What was told survives a loss of power, as what [DurableIT] is about: of a machine that runs a snapshot.
class DurableUpdateIT {
    @RegisterExtension
    final Lab lab = Lab.machineWithDiskToCopy();

    private final Machine machine = new Machine(lab);

    private static String lastCheck(Machine machine) {
        return machine.property("", "Manager", "LastCheck");
    }

    /// The copy boots into what the job says that it deployed.
    @Test
    @Tag("Manager.Update")
    void theUpdateIsWhatTheNextBootTakes() throws Exception {
        machine.switchTo(machine.pull("tiny:1"));
        lab.reboot();
        lab.run("mount", "-o", "remount,commit=300", "/").ok();
        RegistryImage moved = BootableImage.push(lab, "tiny", "1", "echo moved >etc/moved");
        try (PowerCutter cutter = new PowerCutter(lab);
                DiskCopy place = lab.placeForCopy();
                DiskCopy atEnd = place.atEndOfJob()) {
            Told told = cutter.call(place, TOP, "Manager.Update", OPTIONS);
            assertThat(PowerCutter.await(told.end()).state()).isEqualTo("succeeded");

            try (Lab booted = atEnd.boot()) {
                assertThat(booted.run("findmnt", "--noheadings", "--output=SOURCE", "/")
                                .ok())
                        .contains("/roots/" + moved.id() + "-work1]");
                assertThat(booted.run("cat", "/etc/moved").ok()).isEqualTo("moved\n");
            }
        }
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

    @Test
    @Tag("Manager.Bless")
    void aSystemThatWasFoundGoodIsNotOnTrialAnyMore() throws Exception {
        machine.switchTo(machine.pull("tiny:1"));
        lab.reboot();
        lab.run("mount", "-o", "remount,commit=300", "/").ok();
        assertThat(machine.property("", "Manager", "Trial")).contains("\"verdict\" s \"running\"");
        try (PowerCutter cutter = new PowerCutter(lab);
                DiskCopy place = lab.placeForCopy()) {
            cutter.call(place, TOP, "Manager.Bless", OPTIONS).ok();

            try (Lab booted = place.boot()) {
                assertThat(new Machine(booted).property("", "Manager", "Trial")).contains("\"verdict\" s \"good\"");
            }
        }
    }
}
