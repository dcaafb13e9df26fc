package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Value;

/// Makes the next boot take what was booted before the last switch, or forgets what that was.
record Rollback(boolean forget) implements Command {
    static final String HELP = """
            Makes the next boot take what was booted before the last switch, whatever else was
            made since. It need not be a snapshot of container-snap: it may be the system that
            the machine was installed with. What it is stands in "container-snap status"; until
            it is forgotten it can't be deleted. Before a reboot it takes back the switch; a
            second rollback goes the other way. Safe on the disk when the command ends. Prints
            nothing.

            Options:
              --forget   don't go back, but give up the way back, so that what was booted
                         before can be deleted

            Example:
              container-snap rollback && reboot
            """;

    static Rollback parse(Words words) throws UsageError {
        words.noOperands();
        return new Rollback(words.has(Option.FORGET));
    }

    @Override
    public void run(Session session) throws BusFailure {
        session.bus().call(forget ? Method.FORGET_ROLLBACK : Method.ROLLBACK, Value.noOptions());
    }
}
