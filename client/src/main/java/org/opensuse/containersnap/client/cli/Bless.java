package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Value;

/// Ends the trial of what is booted.
record Bless() implements Command {
    static final String HELP = """
            Finds the booted system good. After a switch the next boot is on trial: a system that
            is not found good in some boots is left again for what was booted before.
            container-snap-bless.service says this when everything has started and the checks in
            health.d have passed; a person may say it earlier. Does nothing when what is booted
            is not on trial. Prints nothing.

            Example:
              container-snap bless
            """;

    static Bless parse(Words words) throws UsageError {
        words.noOperands();
        return new Bless();
    }

    @Override
    public void run(Session session) throws BusFailure {
        session.bus().call(Method.BLESS, Value.noOptions());
    }
}
