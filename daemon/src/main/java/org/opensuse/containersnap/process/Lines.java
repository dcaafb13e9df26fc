package org.opensuse.containersnap.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.Optional;

/// Lines of a text that may be without end: of a line that is too long only the beginning is kept in memory.
public final class Lines {
    private final BufferedReader reader;
    private final int longest;
    private boolean cut;

    /// @param longest characters of a line that are kept
    public Lines(BufferedReader reader, int longest) {
        this.reader = reader;
        this.longest = longest;
    }

    /// The next line without its end, cut when it is too long; empty at the end of the text. Of a line that is
    /// cut the rest is skipped when the next one is asked for.
    public Optional<String> next() throws IOException {
        if (cut) {
            skipLine();
        }
        cut = false;
        StringBuilder line = new StringBuilder();
        int c = reader.read();
        if (c < 0) {
            return Optional.empty();
        }
        while (c >= 0 && c != '\n') {
            if (line.length() == longest) {
                cut = true;
                return Optional.of(line.toString());
            }
            line.append((char) c);
            c = reader.read();
        }
        if (!line.isEmpty() && line.charAt(line.length() - 1) == '\r') {
            line.setLength(line.length() - 1);
        }
        return Optional.of(line.toString());
    }

    /// Whether the last line was cut.
    public boolean cut() {
        return cut;
    }

    private void skipLine() throws IOException {
        int c = reader.read();
        while (c >= 0 && c != '\n') {
            c = reader.read();
        }
    }
}
