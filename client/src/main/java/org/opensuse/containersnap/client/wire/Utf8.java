package org.opensuse.containersnap.client.wire;

/// Text to bytes and back. TeaVM's own conversions for C follow the locale, and its charset classes cost 40 KiB.
final class Utf8 {
    private static final char REPLACEMENT = '\uFFFD';

    private Utf8() {}

    /// The bytes of the text; a surrogate without its other half becomes U+FFFD.
    static byte[] encode(String text) {
        byte[] bytes = new byte[3 * text.length()];
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            int point = text.charAt(i);
            if (Character.isHighSurrogate((char) point)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                point = Character.toCodePoint((char) point, text.charAt(i));
            } else if (point >= 0xD800 && point <= 0xDFFF) {
                point = REPLACEMENT;
            }
            length = put(bytes, length, point);
        }
        byte[] exact = new byte[length];
        System.arraycopy(bytes, 0, exact, 0, length);
        return exact;
    }

    private static int put(byte[] bytes, int start, int point) {
        int at = start;
        if (point < 0x80) {
            bytes[at++] = (byte) point;
        } else if (point < 0x800) {
            bytes[at++] = (byte) (0xC0 | (point >> 6));
            bytes[at++] = (byte) (0x80 | (point & 0x3F));
        } else if (point < 0x10000) {
            bytes[at++] = (byte) (0xE0 | (point >> 12));
            bytes[at++] = (byte) (0x80 | ((point >> 6) & 0x3F));
            bytes[at++] = (byte) (0x80 | (point & 0x3F));
        } else {
            bytes[at++] = (byte) (0xF0 | (point >> 18));
            bytes[at++] = (byte) (0x80 | ((point >> 12) & 0x3F));
            bytes[at++] = (byte) (0x80 | ((point >> 6) & 0x3F));
            bytes[at++] = (byte) (0x80 | (point & 0x3F));
        }
        return at;
    }

    /// The text of the bytes; each byte that belongs to no character becomes U+FFFD.
    static String decode(byte[] bytes) {
        char[] chars = new char[bytes.length];
        int length = 0;
        for (int i = 0; i < bytes.length; ) {
            int first = bytes[i] & 0xFF;
            if (first < 0x80) {
                chars[length++] = (char) first;
                i++;
                continue;
            }
            int size = size(first);
            int point = size == 0 ? -1 : point(bytes, i, size);
            if (point < 0) {
                chars[length++] = REPLACEMENT;
                i++;
                continue;
            }
            if (point < 0x10000) {
                chars[length++] = (char) point;
            } else {
                chars[length++] = Character.highSurrogate(point);
                chars[length++] = Character.lowSurrogate(point);
            }
            i += size;
        }
        return new String(chars, 0, length);
    }

    private static int size(int first) {
        if (first >= 0xC2 && first <= 0xDF) {
            return 2;
        } else if (first >= 0xE0 && first <= 0xEF) {
            return 3;
        }
        return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
    }

    /// The character that begins at start, or -1 when the bytes are none.
    private static int point(byte[] bytes, int start, int size) {
        if (start + size > bytes.length) {
            return -1;
        }
        int point = bytes[start] & (0xFF >> (size + 1));
        for (int i = start + 1; i < start + size; i++) {
            if ((bytes[i] & 0xC0) != 0x80) {
                return -1;
            }
            point = (point << 6) | (bytes[i] & 0x3F);
        }
        boolean overlong = (size == 3 && point < 0x800) || (size == 4 && point < 0x10000);
        boolean surrogate = point >= 0xD800 && point <= 0xDFFF;
        return overlong || surrogate || point > 0x10FFFF ? -1 : point;
    }
}
