package org.opensuse.containersnap.client.cli;

import java.util.Optional;
import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Value;

/// Gets the images of an archive.
record Load(String transport, String path) implements Command {
    static final String HELP = """
            Gets the images of an archive and makes their snapshots. Prints the image IDs,
            one a line. TRANSPORT is oci-archive or docker-archive; of FILE the kind is found
            out. With docker:// it is the same as pull.

            Options:
              -i, --input FILE   the archive

            Examples:
              container-snap load -i bootable.tar
              container-snap load docker-archive:/srv/bootable.tar
            """;

    private static final String OCI_ARCHIVE = "oci-archive";
    private static final String DOCKER_ARCHIVE = "docker-archive";
    private static final String REGISTRY = "docker://";

    /// The service's own limit, without the transport.
    private static final int LONGEST = 4000;

    static Command parse(Words words) throws UsageError {
        Optional<String> file = words.value(Option.INPUT);
        if (file.isPresent()) {
            words.noOperands();
            return archive(words, OCI_ARCHIVE, file.get());
        }
        String source = words.onlyOperand("-i FILE");
        if (source.startsWith(REGISTRY)) {
            return new Pull(Reference.parse(source));
        }
        for (String transport : new String[] {OCI_ARCHIVE, DOCKER_ARCHIVE}) {
            if (source.startsWith(transport + ":")) {
                return archive(words, transport, source.substring(transport.length() + 1));
            }
        }
        throw new UsageError(Printable.quoted(source)
                + " begins with neither oci-archive: nor docker-archive:; for a file say load -i FILE");
    }

    private static Load archive(Words words, String transport, String path) throws UsageError {
        if (path.isEmpty()) {
            throw new UsageError("FILE is missing after " + transport + ":");
        }
        if (path.length() > LONGEST) {
            throw new UsageError("the path of the file has more than " + LONGEST + " characters");
        }
        boolean here = !words.has(Option.HOST) && !words.has(Option.MACHINE);
        if (!here && !path.startsWith("/")) {
            throw new UsageError("the file is looked for on the other machine, so its path must be absolute");
        }
        return new Load(transport, path);
    }

    @Override
    public void run(Session session) throws BusFailure, CommandFailed {
        String absolute = path;
        if (!path.startsWith("/")) {
            String directory = session.host()
                    .workingDirectory()
                    .orElseThrow(() -> new CommandFailed("load: the working directory is gone, so "
                            + Printable.quoted(path) + " is nowhere; give its absolute path"));
            absolute = directory + "/" + path;
        }
        JobCommand.bringImages(
                session,
                "load " + Printable.shortened(path),
                path,
                Method.LOAD,
                Value.of(transport + ":" + absolute),
                Value.noOptions());
    }
}
