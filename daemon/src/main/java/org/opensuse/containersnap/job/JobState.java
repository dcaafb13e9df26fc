package org.opensuse.containersnap.job;

import java.util.Locale;

/// Where a job is in its life.
public enum JobState {
    QUEUED,
    RUNNING,
    SUCCEEDED,
    FAILED,
    CANCELLED;

    public boolean ended() {
        return switch (this) {
            case QUEUED, RUNNING -> false;
            case SUCCEEDED, FAILED, CANCELLED -> true;
        };
    }

    /// The word on the bus.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
