package org.opensuse.containersnap.podman;

import java.util.Optional;

/// What skopeo fails with: lines as Go's logrus writes them, such as `time="…" level=fatal msg="…"`.
final class SkopeoWords {
    private static final String FATAL = "level=fatal msg=";

    private SkopeoWords() {}

    /// Why it failed, in one clear line.
    ///
    /// @param error what it printed
    static String complaint(String error, int status) {
        String last = "";
        for (String line : error.lines().toList()) {
            int fatal = line.indexOf(FATAL);
            if (fatal >= 0) {
                return Complaint.ofPull(message(line.substring(fatal + FATAL.length())));
            }
            last = line.isBlank() ? last : line;
        }
        return last.isEmpty() ? "skopeo ended with status " + status + " and no word" : Complaint.ofPull(last);
    }

    /// logrus quotes what has other characters than harmless ones.
    private static String message(String text) {
        Optional<String> unquoted = text.startsWith("\"") ? GoText.unquote(text, 1) : Optional.empty();
        return unquoted.orElse(text);
    }
}
