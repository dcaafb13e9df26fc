package org.opensuse.containersnap.client.cli;

import org.teavm.interop.StaticInit;

/// A number of bytes, for people.
@StaticInit
final class Size {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Size() {}

    /// The size with one decimal, such as `45.2 MiB`.
    static String text(long bytes) {
        long rest = Math.max(bytes, 0);
        if (rest < 1024) {
            return rest + " B";
        }
        int unit = 1;
        while (rest >= 1024 * 1024) {
            rest /= 1024;
            unit++;
        }
        long tenths = (rest * 10 + 512) / 1024;
        if (tenths >= 10_240) {
            tenths = 10;
            unit++;
        }
        return tenths / 10 + "." + tenths % 10 + " " + UNITS[unit];
    }
}
