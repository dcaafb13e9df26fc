package org.opensuse.containersnap.journal;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.opensuse.containersnap.snapshot.Failure.InvalidArguments;
import org.opensuse.containersnap.snapshot.Quoted;

/// Where entries go. Of the targets that org.freedesktop.LogControl1 names, `kmsg` and `syslog` are left out: the
/// journal has what they would get.
public enum LogTarget {
    /// With fields, by the journal's own protocol.
    JOURNAL,
    /// As lines on standard error.
    CONSOLE;

    /// Reads a target as org.freedesktop.LogControl1 names it.
    ///
    /// @throws InvalidArguments for any other word
    public static LogTarget parse(String word) throws InvalidArguments {
        return Arrays.stream(values())
                .filter(target -> target.toString().equals(word))
                .findFirst()
                .orElseThrow(() -> new InvalidArguments(Quoted.of(word) + " is no log target; there are "
                        + Arrays.stream(values()).map(LogTarget::toString).collect(Collectors.joining(", "))));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
