package org.opensuse.containersnap.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Runs the native program where there is no bus: what depends on the C that the Java became, and on the process.
class NativeProgramIT {
    private static final Path PROGRAM = Path.of("target", "container-snap").toAbsolutePath();
    private static final String ID = "a".repeat(64);
    private static final String NO_BUS =
            "container-snap: the system bus can't be reached: No such file or directory; does the service dbus run?\n";

    @TempDir
    private Path directory;

    private record Outcome(int status, String output, String error) {}

    /// Runs a line of shell in which the program is `$P`.
    private Outcome shell(String line) throws IOException, InterruptedException {
        Path output = directory.resolve("output");
        Path error = directory.resolve("error");
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", line)
                .redirectOutput(output.toFile())
                .redirectError(error.toFile());
        builder.environment().put("P", PROGRAM.toString());
        builder.environment().put("LC_ALL", "C");
        builder.environment().put("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=" + directory.resolve("no-bus"));
        Process process = builder.start();
        try {
            assertThat(process.waitFor(20, TimeUnit.SECONDS))
                    .as("ends by itself")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Outcome(
                process.exitValue(),
                Files.readString(output, StandardCharsets.UTF_8),
                Files.readString(error, StandardCharsets.UTF_8));
    }

    @Test
    void theVersionIsPrinted() throws IOException, InterruptedException {
        assertThat(shell("$P --version")).isEqualTo(new Outcome(0, "container-snap 0.1.0\n", ""));
    }

    /// A garbage collection, with a hole after each object that stays: beside each argument lies what it was read into.
    @Test
    void aHeapFullOfHolesIsCollected() throws IOException, InterruptedException {
        assertThat(shell("$P list-images $(seq 50000 | sed s/.*/a/)"))
                .isEqualTo(
                        new Outcome(
                                2,
                                "",
                                "container-snap: list-images: unexpected argument \"a\"; see container-snap list-images --help\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "get-current",
                "get-default",
                "get-root ID",
                "verify ID",
                "create-snapshot ID",
                "switch ID",
                "get-readonly-state ID",
                "set-readonly-state --readonly ID",
                "delete --id ID",
                "delete --id ID-work1",
                "delete --url os",
                "pull os",
                "load -i os",
                "list-images --json",
                "list-snapshots",
                "status",
                "init"
            })
    void withoutABusEveryCommandFailsWithOneLine(String line) throws IOException, InterruptedException {
        assertThat(shell("$P " + line.replace("ID", ID))).isEqualTo(new Outcome(1, "", NO_BUS));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            $P                            | no command; see container-snap --help
            $P frobnicate                 | unknown command "frobnicate"; see container-snap --help
            $P -x                         | unknown option "-x"; see container-snap --help
            $P pull "$(printf 'a\\001b')"   | pull: "a\\x01b" is no name of an image: it has a space or a control character; see container-snap pull --help
            $P "$(printf '\\303\\274\\360\\237\\230\\200')" | unknown command "ü😀"; see container-snap --help
            $P "$(printf '\\342\\202')"     | an argument is not UTF-8; see container-snap --help
            $P "$(printf 'a\\377')"         | an argument is not UTF-8; see container-snap --help
            """)
    void aWrongLineIsRefusedWithOneLine(String line, String message) throws IOException, InterruptedException {
        assertThat(shell(line)).isEqualTo(new Outcome(2, "", "container-snap: " + message + "\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            $P --help >/dev/full | No space left on device
            $P --help >&-        | Bad file descriptor
            """)
    void outputThatCantBeWrittenIsAFailure(String line, String problem) throws IOException, InterruptedException {
        assertThat(shell(line))
                .isEqualTo(new Outcome(1, "", "container-snap: the output can't be written: " + problem + "\n"));
    }

    @Test
    void aClosedPipeIsAFailureAndNoSignal() throws IOException, InterruptedException {
        Outcome outcome = shell("{ sleep 0.2; $P --help; echo $? >&2; } | true");
        assertThat(outcome.error()).isEqualTo("container-snap: the output can't be written: Broken pipe\n1\n");
    }

    @Test
    void aProcessWithoutStandardStreamsEndsAsAnyOther() throws IOException, InterruptedException {
        assertThat(shell("$P get-current <&- >&- 2>&-").status()).isEqualTo(1);
        assertThat(shell("$P switch 6 2>&-").status()).isEqualTo(2);
    }

    @Test
    void manyWordsAreNoProblem() throws IOException, InterruptedException {
        Outcome outcome = shell("$P pull $(seq 20000)");
        assertThat(outcome.error())
                .isEqualTo("container-snap: pull: unexpected argument \"2\"; see container-snap pull --help\n");
    }
}
