package org.opensuse.containersnap.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CommandTest {
    private static final Path ROOT = Path.of("/");

    @Test
    void itCanBePastedIntoAShell() {
        Command command = new Command(
                Path.of("/usr/bin/tool"),
                List.of("--a=b", "two words", "it's", ""),
                Map.of("B", "2 3", "A", "1"),
                ROOT);

        assertThat(command).hasToString("env -i A=1 B='2 3' /usr/bin/tool --a=b 'two words' 'it'\\''s' ''");
    }

    @Test
    void aProgramWithoutItsDirectoryIsRefused() {
        assertThatThrownBy(() -> new Command(Path.of("tool"), List.of(), Map.of(), ROOT))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
