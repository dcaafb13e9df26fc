package org.opensuse.containersnap.snapshot;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.opensuse.containersnap.snapshot.Failure.InvalidSource;

/// An archive file that images are loaded from: `TRANSPORT:PATH` with an absolute path.
///
/// @param transport how the caller says the archive is laid out; podman looks for itself
/// @param file the archive
public record ArchiveSource(Transport transport, Path file) {
    private static final int LONGEST = 4096;

    /// The archive transports of containers-transports(5).
    public enum Transport {
        OCI_ARCHIVE("oci-archive"),
        DOCKER_ARCHIVE("docker-archive");

        private final String word;

        Transport(String word) {
            this.word = word;
        }

        @Override
        public String toString() {
            return word;
        }
    }

    /// Reads a source as a caller wrote it.
    ///
    /// @throws InvalidSource for another transport, a path that is relative, too long or impossible
    public static ArchiveSource parse(String text) throws InvalidSource {
        if (text.length() > LONGEST) {
            throw new InvalidSource(text, "it has " + text.length() + " characters, at most " + LONGEST + " are read");
        }
        int colon = text.indexOf(':');
        String word = colon < 0 ? "" : text.substring(0, colon);
        Transport transport = Arrays.stream(Transport.values())
                .filter(candidate -> candidate.word.equals(word))
                .findFirst()
                .orElseThrow(
                        () -> new InvalidSource(text, "expected TRANSPORT:PATH with one of the transports " + words()));
        return new ArchiveSource(transport, file(text, text.substring(colon + 1)));
    }

    @Override
    public String toString() {
        return transport + ":" + file;
    }

    private static Path file(String text, String path) throws InvalidSource {
        try {
            Path file = Path.of(path);
            if (!file.isAbsolute()) {
                throw new InvalidSource(text, "the path must be absolute");
            }
            return file;
        } catch (InvalidPathException e) {
            throw new InvalidSource(text, "the path can't be a file's: " + e.getReason());
        }
    }

    private static String words() {
        return Arrays.stream(Transport.values()).map(Transport::toString).collect(Collectors.joining(", "));
    }
}
