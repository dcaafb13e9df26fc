package org.opensuse.containersnap.carry;

import java.util.Locale;

/// What becomes of a path in the new root.
public enum Action {
    /// As in the running system.
    MINE,

    /// Of both.
    MERGED,

    /// Not there, as in the running system.
    REMOVED,

    /// As in the image; told only when there is something to say about it.
    THEIRS;

    /// The word for it on the bus.
    public String keyword() {
        return name().toLowerCase(Locale.ROOT);
    }
}
