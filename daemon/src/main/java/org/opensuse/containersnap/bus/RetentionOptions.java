package org.opensuse.containersnap.bus;

import java.util.Map;
import java.util.OptionalLong;
import org.opensuse.containersnap.engine.Retention;
import org.opensuse.containersnap.snapshot.Failure.InvalidArguments;

/// What the options of a call say is kept.
final class RetentionOptions {
    private static final String KEEP_LAST = "keep_last";
    private static final String KEEP_DAYS = "keep_days";
    private static final String FREE_BYTES = "free_bytes";

    static final Map<String, String> KNOWN = Map.of(KEEP_LAST, "t", KEEP_DAYS, "t", FREE_BYTES, "t");

    private RetentionOptions() {}

    /// Reads them.
    ///
    /// @param standard for what they do not say
    static Retention of(Options options, Retention standard) throws InvalidArguments {
        OptionalLong free = options.number(FREE_BYTES);
        return new Retention(
                options.number(KEEP_LAST).orElse(standard.keepLast()),
                days(options.number(KEEP_DAYS).orElse(standard.keepDays())),
                free.isPresent() ? free : standard.freeBytes());
    }

    private static long days(long days) throws InvalidArguments {
        if (days > Retention.MOST_DAYS) {
            throw new InvalidArguments(
                    "option " + KEEP_DAYS + " is " + days + ", and is at most " + Retention.MOST_DAYS);
        }
        return days;
    }
}
