package org.opensuse.containersnap.snapshot;

import java.util.Locale;

/// A number of bytes, for people.
final class ByteSize {
    private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    private static final int STEP = 1024;

    private ByteSize() {}

    /// The size with one decimal, such as `45.2 MiB`, as the client tells it too.
    static String text(long bytes) {
        if (bytes < STEP) {
            return bytes + " B";
        }
        double rest = (double) bytes / STEP;
        int unit = 0;
        while (rest >= STEP - 0.05 && unit < UNITS.length - 1) {
            rest /= STEP;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", rest, UNITS[unit]);
    }
}
