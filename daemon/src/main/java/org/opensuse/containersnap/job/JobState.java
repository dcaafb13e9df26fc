package org.opensuse.containersnap.job;

import java.util.Locale;

/// Where a job is in its life.
public enum JobState {
    QUEUED,
    RUNNING,
    SUCCEEDED,
    FAILED,
    CANCELLED,
    /// The service ended before the job did.
    INTERRUPTED;

    public boolean ended() {
        return switch (this) {
            case QUEUED, RUNNING -> false;
            case SUCCEEDED, FAILED, CANCELLED, INTERRUPTED -> true;
        };
    }

    /// The state that a word stands for.
    ///
    /// @throws IllegalArgumentException when it is none
    public static JobState of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }

    /// The word on the bus.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
