package org.opensuse.containersnap.carry;

import java.util.Locale;

/// Why somebody should look at a path.
public enum Conflict {
    /// Changed in the running system and in the image, differently: the running system's is in place.
    BOTH_CHANGED,

    /// Removed from the running system and changed in the image: the image's is in place.
    REMOVED_HERE,

    /// Changed in the running system and removed from the image: the running system's is in place.
    REMOVED_IN_IMAGE,

    /// Different, and there is no image to tell who changed it: the image's is in place.
    NO_BASE,

    /// Users or groups of both are there, and their numbers or fields do not agree.
    ACCOUNTS,

    /// It went from the running system, or became a directory, before it was copied: the image's, if any, is in place.
    VANISHED;

    /// The word for it on the bus.
    public String keyword() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
