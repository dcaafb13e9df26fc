package org.opensuse.containersnap.engine;

import java.util.Locale;

/// What chooses what the next boot takes.
public enum Chooser {
    /// Somebody's word, just that.
    SWITCH,
    /// A deployment.
    DEPLOY,
    /// An update that somebody asked for.
    UPDATE,
    /// One that nobody asked for at that moment.
    AUTOMATIC_UPDATE,
    /// The way back.
    ROLLBACK;

    boolean updates() {
        return this == UPDATE || this == AUTOMATIC_UPDATE;
    }

    /// Such as `automatic-update`.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
