package org.opensuse.containersnap.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LinesTest {
    private static final int LONGEST = 5;

    @Test
    void linesComeWithoutTheirEnds() throws IOException {
        assertThat(lines("a\r\n\nbcdef\ng")).containsExactly("a", "", "bcdef", "g");
    }

    @Test
    void ofALineThatIsTooLongTheBeginningComes() throws IOException {
        assertThat(lines("abcdefghi\nj\nklmnopq")).containsExactly("abcde…", "j", "klmno…");
    }

    @Test
    void aLineWithoutEndTakesNoMemory() throws IOException {
        Lines lines = new Lines(new BufferedReader(new Endless()), LONGEST);

        assertThat(lines.next()).contains("xxxxx");
        assertThat(lines.cut()).isTrue();
    }

    private static List<String> lines(String text) throws IOException {
        Lines lines = new Lines(new BufferedReader(new StringReader(text)), LONGEST);
        List<String> all = new ArrayList<>();
        for (Optional<String> line = lines.next(); line.isPresent(); line = lines.next()) {
            all.add(line.get() + (lines.cut() ? "…" : ""));
        }
        return all;
    }

    private static final class Endless extends Reader {
        @Override
        public int read(char[] buffer, int offset, int length) {
            Arrays.fill(buffer, offset, offset + length, 'x');
            return length;
        }

        @Override
        public void close() {}
    }
}
