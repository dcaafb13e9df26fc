package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.opensuse.containersnap.client.lab.Person;

/// A connection that has more calls open than a user may, of the kind that is the most work, and calls again at each
/// answer.
///
/// It is a program of its own, and nice: it is the service that must not be slowed, not the machine.
final class SoakFlood {
    private static final Path PROGRAM = Path.of("src/test/resources/flooder");
    private static final String CONNECTIONS = "1";
    private static final String OPEN_CALLS = "100";

    private final Process process;
    private final BufferedReader told;

    private SoakFlood(Process process) {
        this.process = process;
        this.told = process.inputReader();
    }

    /// Begins it, and returns when it has its first answer.
    static SoakFlood begin(Person person) {
        SoakFlood flood =
                new SoakFlood(person.start("nice", "-n", "19", person.lab().inside(PROGRAM), CONNECTIONS, OPEN_CALLS));
        assertThat(flood.line()).isEqualTo("ready");
        return flood;
    }

    /// Ends it.
    ///
    /// @return how many answers there were, refusals among them
    long end() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Arrays.stream(line().split(" ", 2)).mapToLong(Long::parseLong).sum();
    }

    private String line() {
        try {
            String line = told.readLine();
            return line == null ? "" : line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
