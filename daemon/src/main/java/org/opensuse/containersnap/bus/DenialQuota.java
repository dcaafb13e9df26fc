package org.opensuse.containersnap.bus;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/// How many denials of a user are told to the journal, which drops what comes too fast, whoever it is from: so that who
/// is denied all the time can't push out what others did.
final class DenialQuota {
    static final int MOST = 20;
    private static final Duration PERIOD = Duration.ofMinutes(1);

    private final Clock clock;
    private final Map<Long, Integer> told = new HashMap<>();
    private Instant since = Instant.EPOCH;

    DenialQuota(Clock clock) {
        this.clock = clock;
    }

    /// What to do with a denial.
    enum Verdict {
        TELL,
        /// And say that no more are told for a while.
        TELL_LAST,
        DROP
    }

    synchronized Verdict next(long uid) {
        Instant now = clock.instant();
        if (now.isAfter(since.plus(PERIOD))) {
            told.clear();
            since = now;
        }
        int number = told.merge(uid, 1, Integer::sum);
        if (number == MOST) {
            return Verdict.TELL_LAST;
        }
        return number < MOST ? Verdict.TELL : Verdict.DROP;
    }
}
