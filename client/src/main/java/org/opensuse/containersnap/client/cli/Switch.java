package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Value;

/// Makes the next boot take a snapshot.
record Switch(SnapshotId snapshot) implements Command {
    static final String HELP = """
            Makes the next boot take the snapshot. That is safe on the disk when the command
            ends. "container-snap rollback" takes it back, before the reboot and after it.
            Prints nothing.

            Example:
              container-snap switch ID && reboot
            """;

    static Switch parse(Words words) throws UsageError {
        return new Switch(SnapshotId.parse(words.onlyOperand("ID")));
    }

    @Override
    public void run(Session session) throws BusFailure {
        session.bus().call(Method.SWITCH_TO, Session.value(snapshot), Value.noOptions());
    }
}
