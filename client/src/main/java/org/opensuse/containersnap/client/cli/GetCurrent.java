package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Names;
import org.opensuse.containersnap.client.wire.Property;

/// Prints the snapshot that is booted.
record GetCurrent() implements Command {
    static final String HELP = """
            Prints the ID of the snapshot that / is mounted from. It is an error when that is
            no snapshot of container-snap.

            Example:
              container-snap get-current
            """;

    static GetCurrent parse(Words words) throws UsageError {
        words.noOperands();
        return new GetCurrent();
    }

    @Override
    public void run(Session session) throws BusFailure, CommandFailed {
        String booted =
                session.bus().get(Names.TOP_PATH, Property.BOOTED_SNAPSHOT).text();
        if (booted.isEmpty()) {
            throw new CommandFailed("/ is mounted from " + Subvolume.named(session, Property.BOOTED_SUBVOLUME)
                    + ", which is no container-snap snapshot; switch to one (see list-snapshots) and reboot");
        }
        session.line(booted);
    }
}
