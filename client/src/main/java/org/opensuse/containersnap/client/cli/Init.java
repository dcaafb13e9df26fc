package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Value;

/// Makes the store.
record Init() implements Command {
    static final String HELP = """
            Makes the directories of the store below /var/lib/container-snap and checks that
            they lie on the btrfs file system of /. Doing it again changes nothing, and every
            command that writes does it by itself. Prints nothing.

            Example:
              container-snap init
            """;

    static Init parse(Words words) throws UsageError {
        words.noOperands();
        return new Init();
    }

    @Override
    public void run(Session session) throws BusFailure {
        session.bus().call(Method.INIT, Value.noOptions());
    }
}
