package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;
import org.opensuse.containersnap.client.lab.Lab;

/// A daemon that was told to end when it is idle loses no call by it.
@Isolated("it measures time")
class IdleExitIT {
    private static final int ROUNDS = 5;
    private static final String DAEMON = "/usr/libexec/container-snap/container-snapd";

    @RegisterExtension
    final Lab lab = Lab.machine();

    /// The bus starts the daemon with an empty environment.
    private void setIdleExit(String value) {
        lab.bash(
                        "mv \"$1\" \"$1.real\"; printf '#!/bin/sh\\nCONTAINER_SNAPD_IDLE_EXIT=%s exec %s.real\\n' \"$2\" \"$1\" >\"$1\"; "
                                + "chmod 755 \"$1\"",
                        DAEMON, value)
                .ok();
    }

    @Test
    void callsThatComeAsItEndsAreAnswered() {
        setIdleExit("1");

        assertThat(lab.run(lab.inside(Path.of("src/test/resources/idle-caller")), String.valueOf(ROUNDS))
                        .line())
                .isEqualTo(String.valueOf(3 * ROUNDS));

        // Each time the name went: the service ended, or a call of the last moment kept it.
        assertThat(Pattern.compile("stopping: idle|called in the last moment")
                        .matcher(lab.log())
                        .results())
                .hasSizeGreaterThanOrEqualTo(ROUNDS);
        assertThat(lab.log()).contains("stopping: idle");
    }

    @Test
    void itStaysWhileAJobRuns() {
        setIdleExit("1");

        assertThat(lab.snap("pull", lab.image("bootable:1")).status()).isZero();
    }

    @Test
    void aTimeThatIsNoneStopsTheStart() {
        setIdleExit("soon");

        assertThat(lab.snap("status").status()).isEqualTo(1);
        assertThat(lab.log()).contains("CONTAINER_SNAPD_IDLE_EXIT is 'soon': expected seconds, a whole number from 1");
    }
}
