package org.opensuse.containersnap.client.cli;

/// How long ago something was, in words.
final class Age {
    private static final long MINUTE = 60;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;

    private Age() {}

    /// Such as `3 days ago`; empty for what lies in the future, as after a clock was set.
    ///
    /// @param seconds since then
    static String text(long seconds) {
        if (seconds < 0) {
            return "";
        }
        if (seconds < MINUTE) {
            return "just now";
        }
        if (seconds < HOUR) {
            return counted(seconds / MINUTE, "minute");
        }
        return seconds < DAY ? counted(seconds / HOUR, "hour") : counted(seconds / DAY, "day");
    }

    private static String counted(long number, String unit) {
        return number + " " + unit + (number == 1 ? "" : "s") + " ago";
    }
}
