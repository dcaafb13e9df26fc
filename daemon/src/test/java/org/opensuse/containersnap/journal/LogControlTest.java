package org.opensuse.containersnap.journal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The logging of this process, as the program sets it up.
class LogControlTest {
    private final LogControl control = LogControl.ofThisProcess();

    @AfterEach
    void putBack() {
        control.changeLevel(Priority.INFO);
    }

    @Test
    void aProcessBeginsWithInfo() {
        assertThat(control.level()).isEqualTo(Priority.INFO);
        assertThat(control.identifier()).isEqualTo("container-snapd");
    }

    @Test
    void aChangeHoldsForEveryLoggerOfTheProgramAndNotForItsLibraries() {
        Logger ours = LoggerFactory.getLogger("org.opensuse.containersnap.x");
        control.changeLevel(Priority.DEBUG);

        assertThat(ours.isDebugEnabled()).isTrue();
        assertThat(LoggerFactory.getLogger("org.freedesktop.dbus.x").isInfoEnabled())
                .isFalse();
        assertThat(LoggerFactory.getLogger("org.apache.hc.x").isInfoEnabled()).isFalse();

        control.changeLevel(Priority.CRIT);

        assertThat(ours.isErrorEnabled()).isFalse();
        assertThat(LogControl.ofThisProcess().level()).isEqualTo(Priority.CRIT);
    }
}
