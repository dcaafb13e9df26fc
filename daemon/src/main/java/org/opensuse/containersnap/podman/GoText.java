package org.opensuse.containersnap.podman;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Text as Go's strconv.Quote writes it.
final class GoText {
    private static final int HEX = 16;

    private GoText() {}

    /// Reads quoted text.
    ///
    /// @param start behind the opening quote
    /// @return the text up to the closing quote; empty when that is missing or an escape is none
    static Optional<String> unquote(String text, int start) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int i = start;
        while (i < text.length()) {
            int c = text.codePointAt(i);
            if (c == '"') {
                return Optional.of(bytes.toString(StandardCharsets.UTF_8));
            }
            if (c != '\\') {
                append(bytes, c);
                i += Character.charCount(c);
                continue;
            }
            i = escape(text, i + 1, bytes);
            if (i < 0) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    /// Reads what follows a backslash.
    ///
    /// @return behind it; negative when it is no escape
    private static int escape(String text, int at, ByteArrayOutputStream bytes) {
        if (at >= text.length()) {
            return -1;
        }
        char kind = text.charAt(at);
        int digits = switch (kind) {
            case 'x' -> 2;
            case 'u' -> 4;
            case 'U' -> 8;
            default -> 0;
        };
        if (digits > 0) {
            return numeric(text, at + 1, digits, bytes);
        }
        int plain = "abfnrtv\\\"".indexOf(kind);
        if (plain < 0) {
            return -1;
        }
        bytes.write("\u0007\b\f\n\r\t\u000b\\\"".charAt(plain));
        return at + 1;
    }

    private static int numeric(String text, int at, int digits, ByteArrayOutputStream bytes) {
        if (at + digits > text.length()) {
            return -1;
        }
        int code = 0;
        for (int i = at; i < at + digits; i++) {
            int digit = Character.digit(text.charAt(i), HEX);
            if (digit < 0) {
                return -1;
            }
            code = code * HEX + digit;
        }
        if (digits == 2) {
            bytes.write(code);
        } else if (Character.isValidCodePoint(code)) {
            append(bytes, code);
        } else {
            return -1;
        }
        return at + digits;
    }

    private static void append(ByteArrayOutputStream bytes, int codePoint) {
        bytes.writeBytes(Character.toString(codePoint).getBytes(StandardCharsets.UTF_8));
    }
}
