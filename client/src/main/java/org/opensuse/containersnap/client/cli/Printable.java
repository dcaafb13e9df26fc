package org.opensuse.containersnap.client.cli;

/// Text from elsewhere, made harmless: it stays on its line and says nothing to the terminal.
final class Printable {
    private static final int SHORTENED_LENGTH = 100;
    private static final String HEX = "0123456789abcdef";

    private Printable() {}

    /// The text with control characters, line ends and changes of direction as escapes, such as `\n` or `\x1b`.
    static String of(String text) {
        int plain = 0;
        while (plain < text.length() && !harmful(text.charAt(plain))) {
            plain++;
        }
        if (plain == text.length()) {
            return text;
        }
        StringBuilder line = new StringBuilder(text.length() + 8).append(text, 0, plain);
        for (int i = plain; i < text.length(); i++) {
            append(line, text.charAt(i));
        }
        return line.toString();
    }

    /// What a person typed, in quotes for a message; a long one is shortened.
    static String quoted(String text) {
        return '"' + shortened(text) + '"';
    }

    /// What a person typed, for a message; of a long one the beginning.
    static String shortened(String text) {
        return of(text.length() > SHORTENED_LENGTH ? text.substring(0, SHORTENED_LENGTH) + "…" : text);
    }

    static boolean control(char c) {
        return c < ' ' || (c >= 0x7F && c < 0xA0);
    }

    /// Whether the character may end the line or change what the terminal shows.
    static boolean harmful(char c) {
        boolean lineEnd = c == '\u2028' || c == '\u2029';
        boolean direction = c == '\u200E'
                || c == '\u200F'
                || c == '\u061C'
                || (c >= '\u202A' && c <= '\u202E')
                || (c >= '\u2066' && c <= '\u2069');
        return control(c) || lineEnd || direction;
    }

    private static void append(StringBuilder line, char c) {
        if (!harmful(c)) {
            line.append(c);
        } else if (c == '\n') {
            line.append("\\n");
        } else if (c == '\t') {
            line.append("\\t");
        } else if (c == '\r') {
            line.append("\\r");
        } else if (c < 0x100) {
            line.append("\\x");
            hex(line, c, 2);
        } else {
            line.append("\\u");
            hex(line, c, 4);
        }
    }

    /// Appends the last digits of the number in hexadecimal.
    static void hex(StringBuilder to, int number, int digits) {
        for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
            to.append(HEX.charAt((number >> shift) & 0xF));
        }
    }
}
