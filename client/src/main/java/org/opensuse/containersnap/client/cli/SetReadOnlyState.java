package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Value;

/// Makes a snapshot read-only, or writable.
record SetReadOnlyState(SnapshotId snapshot, boolean readOnly, boolean force) implements Command {
    static final String HELP = """
            Makes a snapshot read-only or writable. Prints nothing.

            Options:
              --readonly      make it read-only
              --no-readonly   make it writable
              --force         also make the booted snapshot read-only, which / is at once then

            Example:
              container-snap set-readonly-state --readonly ID
            """;

    static SetReadOnlyState parse(Words words) throws UsageError {
        if (words.has(Option.READONLY) == words.has(Option.NO_READONLY)) {
            throw new UsageError("say either --readonly or --no-readonly");
        }
        return new SetReadOnlyState(
                SnapshotId.parse(words.onlyOperand("ID")), words.has(Option.READONLY), words.has(Option.FORCE));
    }

    @Override
    public void run(Session session) throws BusFailure {
        session.bus()
                .call(
                        Method.SET_READ_ONLY,
                        Session.value(snapshot),
                        Value.of(readOnly),
                        force ? Value.option("force") : Value.noOptions());
    }
}
