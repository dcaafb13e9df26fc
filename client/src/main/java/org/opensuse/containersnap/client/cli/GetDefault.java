package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Names;
import org.opensuse.containersnap.client.wire.Property;

/// Prints the snapshot that the next boot takes.
record GetDefault() implements Command {
    static final String HELP = """
            Prints the ID of the snapshot that the next boot takes. It is an error when that
            is no snapshot of container-snap.

            Example:
              container-snap get-default
            """;

    static GetDefault parse(Words words) throws UsageError {
        words.noOperands();
        return new GetDefault();
    }

    @Override
    public void run(Session session) throws BusFailure, CommandFailed {
        String next =
                session.bus().get(Names.TOP_PATH, Property.DEFAULT_SNAPSHOT).text();
        if (next.isEmpty()) {
            throw new CommandFailed("the next boot takes " + Subvolume.named(session, Property.DEFAULT_SUBVOLUME)
                    + ", which is no container-snap snapshot; switch to one (see list-snapshots)");
        }
        session.line(next);
    }
}
