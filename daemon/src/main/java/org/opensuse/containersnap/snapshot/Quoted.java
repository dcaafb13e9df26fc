package org.opensuse.containersnap.snapshot;

/// Text from outside, made fit for one line of a message: control characters and bidirectional overrides
/// escaped, cut to a readable length.
public final class Quoted {
    private static final int LONGEST = 120;

    private Quoted() {}

    /// The text in single quotes.
    public static String of(String text) {
        return "'" + plain(text, LONGEST).replace("'", "\\'") + "'";
    }

    /// The text without quotes, as a part of a message that somebody else wrote.
    ///
    /// @param longest characters after which the text is cut and "…" stands
    public static String plain(String text, int longest) {
        StringBuilder out = new StringBuilder();
        text.codePoints().limit(longest).forEach(c -> append(out, c));
        if (text.codePointCount(0, text.length()) > longest) {
            out.append('…');
        }
        return out.toString();
    }

    private static void append(StringBuilder out, int c) {
        switch (c) {
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> {
                if (harmless(c)) {
                    out.appendCodePoint(c);
                } else {
                    out.append("\\u{").append(Integer.toHexString(c)).append('}');
                }
            }
        }
    }

    private static boolean harmless(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.PRIVATE_USE -> false;
            default -> true;
        };
    }
}
