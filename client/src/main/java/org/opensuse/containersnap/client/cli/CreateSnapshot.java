package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Value;

/// Makes a writable copy of a snapshot.
record CreateSnapshot(SnapshotId base) implements Command {
    static final String HELP = """
            Makes a copy of a snapshot and prints the copy's ID: the image ID, "-work" and a
            number that was never used before. The copy is writable, also when the snapshot
            is read-only.

            Example:
              container-snap create-snapshot $(container-snap get-current)
            """;

    static CreateSnapshot parse(Words words) throws UsageError {
        return new CreateSnapshot(SnapshotId.parse(words.onlyOperand("ID")));
    }

    @Override
    public void run(Session session) throws BusFailure {
        session.line(session.bus()
                .call(Method.CREATE_SNAPSHOT, Session.value(base), Value.noOptions())
                .text());
    }
}
