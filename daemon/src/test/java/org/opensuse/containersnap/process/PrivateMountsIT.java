package org.opensuse.containersnap.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class PrivateMountsIT {
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    private Path shown;

    @TempDir
    private Path covered;

    private final BlockingQueue<String> output = new LinkedBlockingQueue<>();

    @BeforeEach
    void somethingToShow() throws IOException {
        Files.createFile(shown.resolve("file"));
    }

    @Test
    void aProgramSeesADirectoryInPlaceOfAnother() throws Exception {
        try (RunningCommand command = list(covered, Map.of(covered, shown))) {
            assertThat(command.awaitEnd(LONG)).isTrue();
        }

        assertThat(output).containsExactly("file");
        assertThat(covered).isEmptyDirectory();
        assertThat(Path.of("/proc/self/mountinfo")).content().doesNotContain(covered.toString());
    }

    @Test
    void anInterruptIsKeptAndStartsItAllTheSame() throws Exception {
        Thread.currentThread().interrupt();
        try (RunningCommand command = list(covered, Map.of(covered, shown))) {
            assertThat(Thread.interrupted()).isTrue();
            assertThat(command.awaitEnd(LONG)).isTrue();
        }

        assertThat(output).containsExactly("file");
    }

    @Test
    void whatCannotBeMountedStartsNothing() {
        Path missing = covered.resolve("missing");

        assertThatThrownBy(() -> list(covered, Map.of(missing, shown)))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("mount " + shown + " on " + missing, "No such file or directory");
    }

    private RunningCommand list(Path directory, Map<Path, Path> mounts) throws IOException {
        Command command =
                new Command(Path.of("/bin/ls"), List.of(directory.toString()), Map.of(), Path.of("/"), mounts);
        return RunningCommand.start(command, LONG, output::add);
    }
}
