package org.opensuse.containersnap.client.cli;

/// A moment in UTC, as text. Written by hand, as java.time makes the program half again as large.
record UtcTime(long seconds, int nanoseconds) {
    private static final long NANOSECONDS = 1_000_000_000;
    private static final long MICROSECONDS = 1_000_000;
    private static final int DAY_SECONDS = 24 * 60 * 60;

    /* Counted from 0000-03-01, so that a leap day is the last of its year; an era is the 400 years that repeat. */
    private static final long EPOCH_DAY = 719_468;
    private static final long ERA_DAYS = 146_097;

    static UtcTime ofNanoseconds(long sinceEpoch) {
        return new UtcTime(Math.floorDiv(sinceEpoch, NANOSECONDS), (int) Math.floorMod(sinceEpoch, NANOSECONDS));
    }

    static UtcTime ofMicroseconds(long sinceEpoch) {
        return new UtcTime(
                Math.floorDiv(sinceEpoch, MICROSECONDS), 1000 * (int) Math.floorMod(sinceEpoch, MICROSECONDS));
    }

    /// As Go prints it, such as `2025-01-09 10:47:31.818647723 +0000 UTC`.
    String goText() {
        StringBuilder text = new StringBuilder();
        date(text).append(' ');
        time(text);
        fraction(text).append(" +0000 UTC");
        return text.toString();
    }

    /// As RFC 3339 has it, such as `2025-01-09T10:47:31.818647723Z`.
    String isoText() {
        StringBuilder text = new StringBuilder();
        date(text).append('T');
        time(text);
        fraction(text).append('Z');
        return text.toString();
    }

    /// For people, such as `2025-01-09 10:47 UTC`.
    String minuteText() {
        StringBuilder text = new StringBuilder();
        date(text).append(' ');
        hourAndMinute(text).append(" UTC");
        return text.toString();
    }

    private StringBuilder date(StringBuilder text) {
        long day = Math.floorDiv(seconds, DAY_SECONDS) + EPOCH_DAY;
        long era = Math.floorDiv(day, ERA_DAYS);
        long dayOfEra = Math.floorMod(day, ERA_DAYS);
        long yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        long dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        long monthFromMarch = (5 * dayOfYear + 2) / 153;
        long dayOfMonth = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1;
        long month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
        long year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
        digits(text, year, 4).append('-');
        digits(text, month, 2).append('-');
        return digits(text, dayOfMonth, 2);
    }

    private StringBuilder hourAndMinute(StringBuilder text) {
        long second = Math.floorMod(seconds, (long) DAY_SECONDS);
        digits(text, second / 3600, 2).append(':');
        return digits(text, second / 60 % 60, 2);
    }

    private void time(StringBuilder text) {
        hourAndMinute(text).append(':');
        digits(text, Math.floorMod(seconds, 60L), 2);
    }

    private StringBuilder fraction(StringBuilder text) {
        if (nanoseconds == 0) {
            return text;
        }
        digits(text.append('.'), nanoseconds, 9);
        int length = text.length();
        while (text.charAt(length - 1) == '0') {
            length--;
        }
        text.setLength(length);
        return text;
    }

    private static StringBuilder digits(StringBuilder text, long number, int width) {
        String digits = Long.toString(number);
        for (int i = digits.length(); i < width; i++) {
            text.append('0');
        }
        return text.append(digits);
    }
}
