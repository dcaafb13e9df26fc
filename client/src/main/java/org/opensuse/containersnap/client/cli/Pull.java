package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Value;

/// Gets an image from its registry.
record Pull(String reference) implements Command {
    static final String HELP = """
            Gets an image from its registry and makes its snapshot. Prints the image ID.
            REF is [docker://][HOST[:PORT]/]PATH[:TAG|@DIGEST]; without HOST it is docker.io,
            without TAG latest. How far it is goes to standard error: a bar on a terminal,
            lines elsewhere. Ctrl-C cancels, and nothing is left behind.

            Examples:
              container-snap pull registry.opensuse.org/opensuse/bootable:1
              container-snap switch $(container-snap pull docker://localhost:5000/os)
            """;

    static Pull parse(Words words) throws UsageError {
        return new Pull(Reference.parse(words.onlyOperand("REF")));
    }

    @Override
    public void run(Session session) throws BusFailure, CommandFailed {
        JobCommand.bringImages(
                session,
                "pull " + Printable.shortened(reference),
                reference,
                Method.PULL,
                Value.of(reference),
                Value.noOptions());
    }
}
