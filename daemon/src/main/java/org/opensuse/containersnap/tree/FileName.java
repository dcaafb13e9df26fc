package org.opensuse.containersnap.tree;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Names of files as text. The kernel takes any bytes for a name; most are UTF-8, and a byte that is not stands as the
/// lone surrogate U+DC00 + byte, as in Python's `surrogateescape`. So every name is a text, and no two are the same.
final class FileName {
    private static final char ESCAPE = 0xdc00;
    private static final int LONGEST_CHARACTER = 4;

    private FileName() {}

    static String decode(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException _) {
            return decodeEach(bytes);
        }
    }

    private static String decodeEach(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < bytes.length; ) {
            int length = character(bytes, at, text);
            if (length == 0) {
                text.append((char) (ESCAPE + Byte.toUnsignedInt(bytes[at])));
            }
            at += Math.max(length, 1);
        }
        return text.toString();
    }

    /// Appends the character that begins here.
    ///
    /// @return its length in bytes; 0 when there is none
    private static int character(byte[] bytes, int at, StringBuilder text) {
        for (int length = 1; length <= LONGEST_CHARACTER && at + length <= bytes.length; length++) {
            try {
                text.append(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, at, length)));
                return length;
            } catch (CharacterCodingException _) {
                // not with so few bytes
            }
        }
        return 0;
    }

    static byte[] encode(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int at = 0; at < text.length(); ) {
            int character = text.codePointAt(at);
            if (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE) {
                bytes.write(character - ESCAPE);
            } else {
                bytes.writeBytes(Character.toString(character).getBytes(StandardCharsets.UTF_8));
            }
            at += Character.charCount(character);
        }
        return bytes.toByteArray();
    }
}
