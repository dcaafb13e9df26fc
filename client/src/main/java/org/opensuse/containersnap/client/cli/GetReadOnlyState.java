package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Names;
import org.opensuse.containersnap.client.wire.Property;

/// Prints whether a snapshot is read-only.
record GetReadOnlyState(SnapshotId snapshot) implements Command {
    static final String HELP = """
            Prints true when the snapshot is read-only, false when it is writable.

            Example:
              container-snap get-readonly-state $(container-snap get-default)
            """;

    private static final String UNKNOWN_OBJECT = Names.STANDARD_ERROR + "UnknownObject";

    static GetReadOnlyState parse(Words words) throws UsageError {
        return new GetReadOnlyState(SnapshotId.parse(words.onlyOperand("ID")));
    }

    @Override
    public void run(Session session) throws BusFailure, CommandFailed {
        try {
            boolean readOnly = session.bus()
                    .get(snapshot.objectPath(), Property.SNAPSHOT_READ_ONLY)
                    .on();
            session.line(readOnly ? "true" : "false");
        } catch (BusFailure.Answered e) {
            if (!e.name().equals(UNKNOWN_OBJECT)) {
                throw e;
            }
            throw new CommandFailed("there is no snapshot " + snapshot + "; list-snapshots shows those there are");
        }
    }
}
