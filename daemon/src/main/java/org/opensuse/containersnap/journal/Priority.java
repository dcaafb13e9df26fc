package org.opensuse.containersnap.journal;

import ch.qos.logback.classic.Level;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.opensuse.containersnap.snapshot.Failure.InvalidArguments;
import org.opensuse.containersnap.snapshot.Quoted;

/// The levels of syslog(3), most urgent first, whose numbers the journal counts by.
public enum Priority {
    EMERG(0),
    ALERT(1),
    CRIT(2),
    ERR(3),
    WARNING(4),
    NOTICE(5),
    INFO(6),
    DEBUG(7);

    private final int number;

    Priority(int number) {
        this.number = number;
    }

    /// Reads a level as org.freedesktop.LogControl1 names it.
    ///
    /// @throws InvalidArguments for any other word
    public static Priority parse(String word) throws InvalidArguments {
        return Arrays.stream(values())
                .filter(priority -> priority.toString().equals(word))
                .findFirst()
                .orElseThrow(() -> new InvalidArguments(Quoted.of(word) + " is no log level; there are " + words()));
    }

    static Priority of(Level level) {
        return switch (level.toInt()) {
            case Level.ERROR_INT -> ERR;
            case Level.WARN_INT -> WARNING;
            case Level.INFO_INT -> INFO;
            default -> DEBUG;
        };
    }

    /// The level from which on a logger speaks when this is the least urgent that is wanted. The service itself has
    /// nothing to say that is more urgent than `err`, nor a `notice`.
    Level threshold() {
        return switch (this) {
            case EMERG, ALERT, CRIT -> Level.OFF;
            case ERR -> Level.ERROR;
            case WARNING, NOTICE -> Level.WARN;
            case INFO -> Level.INFO;
            case DEBUG -> Level.DEBUG;
        };
    }

    /// PRIORITY of systemd.journal-fields(7).
    int number() {
        return number;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    private static String words() {
        return Arrays.stream(values()).map(Priority::toString).collect(Collectors.joining(", "));
    }
}
