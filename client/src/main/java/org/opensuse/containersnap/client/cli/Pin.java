package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Value;

/// Has a snapshot kept, or no longer kept.
record Pin(SnapshotId snapshot, boolean pinned) implements Command {
    static final String HELP = """
            Has the snapshot kept: it can't be deleted until it is unpinned. For a system that
            is known to work, or one to compare with. Prints nothing.

            Example:
              container-snap pin $(container-snap get-current)
            """;

    static final String UNPIN_HELP = """
            Takes back what pin did: the snapshot can be deleted again. Prints nothing.

            Example:
              container-snap unpin ID && container-snap delete --id ID
            """;

    static Pin parse(Words words, boolean pinned) throws UsageError {
        return new Pin(SnapshotId.parse(words.onlyOperand("ID")), pinned);
    }

    @Override
    public void run(Session session) throws BusFailure {
        session.bus().call(pinned ? Method.PIN : Method.UNPIN, Session.value(snapshot), Value.noOptions());
    }
}
