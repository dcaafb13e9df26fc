package org.opensuse.containersnap.carry;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// Where what is under a path comes from in a new root.
public enum Mode {
    /// From the running system, also that there is nothing.
    KEEP,

    /// From both: what was changed since the running system's image, and what is new in the new one.
    MERGE,

    /// From the image.
    IMAGE;

    /// The word for it in configuration and on the bus.
    public String keyword() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Mode> of(String keyword) {
        return Arrays.stream(values())
                .filter(mode -> mode.keyword().equals(keyword))
                .findAny();
    }

    static String keywords() {
        return Arrays.stream(values()).map(Mode::keyword).collect(Collectors.joining(", "));
    }
}
