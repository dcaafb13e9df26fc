package org.opensuse.containersnap.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.freedesktop.dbus.messages.constants.HeaderField;

/// The fields of a message's header. The D-Bus specification has a receiver ignore the fields that it does not know, as
/// they come from a later version of it; dbus-java fails at them.
final class HeaderFields {
    private static final int ALIGNMENT = 8;

    /// What a bus passes on has no more containers in each other.
    private static final int MOST_DEPTH = 64;

    private HeaderFields() {}

    /// The known ones among fields.
    ///
    /// @param fields the array's elements, without its length
    /// @return an array as in a message, with its length
    /// @throws IOException when these are no fields
    static byte[] known(ByteBuffer fields, ByteOrder order) throws IOException {
        fields.order(order);
        ByteBuffer known =
                ByteBuffer.allocate(ALIGNMENT + padded(fields.remaining())).order(order);
        known.position(ALIGNMENT);
        int end = ALIGNMENT;
        while (fields.hasRemaining()) {
            int start = padded(fields.position());
            fields.position(start);
            int code = Byte.toUnsignedInt(fields.get());
            skip(fields, "v", 0);
            if (code < HeaderField.MAX_FIELDS) {
                known.position(padded(known.position()));
                known.put(fields.slice(start, fields.position() - start));
                end = known.position();
            }
        }
        known.putInt(0, end - ALIGNMENT);
        byte[] bytes = new byte[padded(end)];
        known.get(0, bytes);
        return bytes;
    }

    /// Goes behind a value of a single complete type.
    private static void skip(ByteBuffer data, String type, int depth) throws IOException {
        if (depth > MOST_DEPTH) {
            throw new IOException("a header field has more than " + MOST_DEPTH + " containers in each other");
        }
        align(data, alignment(type.charAt(0)));
        switch (type.charAt(0)) {
            case 'y' -> forward(data, 1);
            case 'n', 'q' -> forward(data, 2);
            case 'b', 'i', 'u', 'h' -> forward(data, 4);
            case 'x', 't', 'd' -> forward(data, 8);
            case 's', 'o' -> forward(data, data.getInt() + 1);
            case 'g' -> forward(data, Byte.toUnsignedInt(data.get()) + 1);
            case 'v' -> skipVariant(data, depth);
            case 'a' -> {
                int length = data.getInt();
                align(data, alignment(type.charAt(1)));
                forward(data, length);
            }
            case '(', '{' -> {
                for (String member : Signature.split(type.substring(1, type.length() - 1))) {
                    skip(data, member, depth + 1);
                }
            }
            default -> throw new IOException("a header field has the unknown type " + type);
        }
    }

    private static void skipVariant(ByteBuffer data, int depth) throws IOException {
        byte[] signature = new byte[Byte.toUnsignedInt(data.get())];
        data.get(signature);
        forward(data, 1);
        String type = new String(signature, StandardCharsets.US_ASCII);
        if (Signature.split(type).size() != 1) {
            throw new IOException("a header field has the types '" + type + "', not one");
        }
        skip(data, type, depth + 1);
    }

    private static void forward(ByteBuffer data, int bytes) throws IOException {
        if (bytes < 0 || bytes > data.remaining()) {
            throw new IOException("a header field is longer than the header");
        }
        data.position(data.position() + bytes);
    }

    private static void align(ByteBuffer data, int alignment) throws IOException {
        forward(data, (alignment - data.position() % alignment) % alignment);
    }

    private static int alignment(char type) {
        return switch (type) {
            case 'n', 'q' -> 2;
            case 'b', 'i', 'u', 'h', 's', 'o', 'a' -> 4;
            case 'x', 't', 'd', '(', '{' -> 8;
            default -> 1;
        };
    }

    private static int padded(int bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
