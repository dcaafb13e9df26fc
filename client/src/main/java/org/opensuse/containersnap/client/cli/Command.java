package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.BusFailure;

/// A command with its arguments, checked as far as that goes without the service.
interface Command {
    /// Does it; what it prints goes to the session.
    void run(Session session) throws BusFailure, CommandFailed;
}
