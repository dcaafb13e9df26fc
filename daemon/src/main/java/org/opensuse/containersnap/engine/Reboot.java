package org.opensuse.containersnap.engine;

import java.util.Locale;
import java.util.Optional;
import org.opensuse.containersnap.snapshot.Failure;

/// The port to what restarts the machine.
public interface Reboot {
    /// Who is asked to, in the words of `REBOOT_METHOD` of transactional-update.conf(5).
    enum Method {
        /// rebootmgrd, which waits for its maintenance window.
        REBOOTMGR,
        /// The people at the machine, by transactional-update-notifier.
        NOTIFY,
        /// kured, which drains the node before.
        KURED,
        /// systemd-logind, which does it at once.
        SYSTEMD,
        /// Nobody.
        NONE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Who would be asked now.
    ///
    /// @throws Failure.InvalidConfiguration when it is configured to be somebody unknown
    Method method() throws Failure, InterruptedException;

    /// Asks. The machine goes down in a moment, later, or when somebody has it do so.
    ///
    /// @return why it does not, in words; empty when it was accepted
    Optional<String> ask(Method method) throws InterruptedException;
}
