package org.opensuse.containersnap.engine;

/// Who chooses what the next boot takes.
public enum Chooser {
    /// Somebody, just that.
    PERSON,
    /// Somebody, the newest of what is booted.
    UPDATE,
    /// Nobody, the newest of what is booted.
    TIMER
}
