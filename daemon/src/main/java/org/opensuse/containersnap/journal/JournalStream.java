package org.opensuse.containersnap.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// Whether standard error is connected to the journal.
final class JournalStream {
    private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");
    private static final Path SOCKET = Path.of("/run/systemd/journal/socket");

    private JournalStream() {}

    static boolean isStandardError() {
        return is(System.getenv().getOrDefault("JOURNAL_STREAM", ""), STANDARD_ERROR);
    }

    /// Whether `$JOURNAL_STREAM`, which systemd.exec(5) describes, means this file: it may have been set for a parent
    /// process with another standard error.
    static boolean is(String variable, Path file) {
        try {
            Map<String, Object> found = Files.readAttributes(file, "unix:dev,ino");
            return variable.equals(found.get("dev") + ":" + found.get("ino"));
        } catch (IOException _) {
            return false;
        }
    }

    /// Whether the machine has a journal to write to.
    static boolean journalRuns() {
        return Files.exists(SOCKET);
    }
}
