package org.opensuse.containersnap.client.lab;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensuse.containersnap.client.lab.WireWriter.TypedValue;

/// A D-Bus message with everything that is in it, also one that breaks the rules: nothing is checked when it is
/// written.
///
/// @param fields by their codes, see the constants
@SuppressWarnings("ArrayRecordComponent") // nobody compares messages
public record RawMessage(
        ByteOrder order, int type, int flags, int version, long serial, Map<Integer, TypedValue> fields, byte[] body) {
    public static final int CALL = 1;
    public static final int RETURN = 2;
    public static final int ERROR = 3;
    public static final int SIGNAL = 4;

    public static final int PATH = 1;
    public static final int INTERFACE = 2;
    public static final int MEMBER = 3;
    public static final int ERROR_NAME = 4;
    public static final int REPLY_SERIAL = 5;
    public static final int DESTINATION = 6;
    public static final int SENDER = 7;
    public static final int SIGNATURE = 8;
    public static final int UNIX_FDS = 9;

    public static final int NO_REPLY_EXPECTED = 1;

    private static final int FIXED = 16;

    /// A call without arguments.
    public static RawMessage call(String destination, String path, String interfaceName, String member) {
        return new RawMessage(ByteOrder.LITTLE_ENDIAN, CALL, 0, 1, 0, Map.of(), new byte[0])
                .with(PATH, "o", path)
                .with(INTERFACE, "s", interfaceName)
                .with(MEMBER, "s", member)
                .with(DESTINATION, "s", destination);
    }

    public RawMessage with(int field, String type, Object value) {
        Map<Integer, TypedValue> more = new LinkedHashMap<>(fields);
        more.put(field, new TypedValue(type, value));
        return new RawMessage(order, type(), flags, version, serial, more, body);
    }

    public RawMessage without(int field) {
        Map<Integer, TypedValue> less = new LinkedHashMap<>(fields);
        less.remove(field);
        return new RawMessage(order, type, flags, version, serial, less, body);
    }

    public RawMessage arguments(String signature, Object... values) {
        byte[] written = new WireWriter(order).all(signature, List.of(values)).bytes();
        return signature.isEmpty() ? this : with(SIGNATURE, "g", signature).body(written);
    }

    public RawMessage body(byte[] bytes) {
        return new RawMessage(order, type, flags, version, serial, fields, bytes);
    }

    public RawMessage type(int other) {
        return new RawMessage(order, other, flags, version, serial, fields, body);
    }

    public RawMessage flags(int other) {
        return new RawMessage(order, type, other, version, serial, fields, body);
    }

    public RawMessage version(int other) {
        return new RawMessage(order, type, flags, other, serial, fields, body);
    }

    public RawMessage serial(long other) {
        return new RawMessage(order, type, flags, version, other, fields, body);
    }

    /// Before there are arguments.
    public RawMessage bigEndian() {
        return new RawMessage(ByteOrder.BIG_ENDIAN, type, flags, version, serial, fields, body);
    }

    public boolean replyWanted() {
        return type == CALL && (flags & NO_REPLY_EXPECTED) == 0;
    }

    /// A header field; empty when it has none such.
    public Object field(int code) {
        TypedValue field = fields.get(code);
        return field == null ? "" : field.value();
    }

    public String text(int code) {
        return String.valueOf(field(code));
    }

    public long replySerial() {
        return field(REPLY_SERIAL) instanceof Long number ? number : 0;
    }

    public List<Object> arguments() {
        return new WireReader(body, order).all(text(SIGNATURE));
    }

    /// An error's name without what stands before the last dot, and its message; `ok` for any other message.
    public String line() {
        return type == ERROR
                ? text(ERROR_NAME).replaceFirst(".*\\.", "") + ": "
                        + arguments().getFirst()
                : "ok";
    }

    public byte[] bytes() {
        WireWriter out = new WireWriter(order);
        out.all(
                "yyyyuu",
                List.of(
                        (int) (order == ByteOrder.LITTLE_ENDIAN ? 'l' : 'B'),
                        type,
                        flags,
                        version,
                        body.length,
                        serial));
        List<List<Object>> structs = fields.entrySet().stream()
                .map(field -> List.<Object>of(field.getKey(), field.getValue()))
                .toList();
        byte[] header = out.value("a(yv)", structs).align(8).bytes();
        byte[] whole = new byte[header.length + body.length];
        System.arraycopy(header, 0, whole, 0, header.length);
        System.arraycopy(body, 0, whole, header.length, body.length);
        return whole;
    }

    /// Reads a message that a bus passed on.
    static RawMessage read(DataInputStream in) throws IOException {
        byte[] fixed = new byte[FIXED];
        in.readFully(fixed);
        ByteOrder order = fixed[0] == 'l' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        ByteBuffer numbers = ByteBuffer.wrap(fixed).order(order);
        byte[] rest = new byte[(numbers.getInt(12) + 7) / 8 * 8];
        in.readFully(rest);
        byte[] body = new byte[numbers.getInt(4)];
        in.readFully(body);
        byte[] header = ByteBuffer.allocate(8 + rest.length)
                .order(order)
                .putInt(numbers.getInt(12))
                .position(8)
                .put(rest)
                .array();
        Map<Integer, TypedValue> fields = new LinkedHashMap<>();
        for (Object field : (List<?>) new WireReader(header, order).value("a(yv)")) {
            List<?> pair = (List<?>) field;
            int code = ((Long) pair.getFirst()).intValue();
            Object value = pair.getLast();
            fields.put(code, new TypedValue(value instanceof Long ? "u" : "s", value));
        }
        return new RawMessage(
                order, fixed[1], fixed[2], fixed[3], Integer.toUnsignedLong(numbers.getInt(8)), fields, body);
    }
}
