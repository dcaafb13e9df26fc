package org.opensuse.containersnap.client.lab;

import java.io.ByteArrayOutputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Values in the format of the D-Bus specification, also those that break its rules: nothing is checked.
///
/// | signature | Java |
/// |---|---|
/// | `s` `o` `g` | String, or byte[] for what is no UTF-8 |
/// | `b` | Boolean |
/// | `y` `n` `q` `i` `u` `x` `t` `h` | Number |
/// | `d` | Double |
/// | `v` | [TypedValue] |
/// | `a…` | List, or byte[] for `ay`; `a{kv}` Map |
/// | `(…)` | List |
public final class WireWriter {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final ByteOrder order;

    public WireWriter(ByteOrder order) {
        this.order = order;
    }

    /// What a variant holds.
    public record TypedValue(String signature, Object value) {}

    public byte[] bytes() {
        return bytes.toByteArray();
    }

    public WireWriter all(String signature, List<?> values) {
        List<String> types = split(signature);
        for (int i = 0; i < types.size(); i++) {
            value(types.get(i), values.get(i));
        }
        return this;
    }

    public WireWriter value(String type, Object value) {
        align(alignment(type.charAt(0)));
        switch (type.charAt(0)) {
            case 'y' -> bytes.write(((Number) value).intValue());
            case 'n', 'q' -> number(((Number) value).longValue(), 2);
            case 'i', 'u', 'h' -> number(((Number) value).longValue(), 4);
            case 'b' -> number((Boolean) value ? 1 : 0, 4);
            case 'x', 't' -> number(((Number) value).longValue(), 8);
            case 'd' -> number(Double.doubleToRawLongBits((Double) value), 8);
            case 's', 'o' -> {
                byte[] text = text(value);
                number(text.length, 4);
                terminated(text);
            }
            case 'g' -> {
                byte[] text = text(value);
                bytes.write(text.length);
                terminated(text);
            }
            case 'v' -> {
                TypedValue typed = (TypedValue) value;
                value("g", typed.signature).value(typed.signature, typed.value);
            }
            case 'a' -> array(type.substring(1), value);
            case '(' -> all(type.substring(1, type.length() - 1), (List<?>) value);
            default -> throw new IllegalArgumentException(type);
        }
        return this;
    }

    private void array(String element, Object value) {
        // What is in it is aligned to where the message begins, not the array.
        int alignment = alignment(element.charAt(0));
        int start = (bytes.size() + 4 + alignment - 1) / alignment * alignment % 8;
        WireWriter items = new WireWriter(order);
        items.bytes.writeBytes(new byte[start]);
        if (value instanceof byte[] raw) {
            items.bytes.writeBytes(raw);
        } else if (value instanceof Map<?, ?> map) {
            List<String> types = split(element.substring(1, element.length() - 1));
            map.forEach((key, item) -> {
                items.align(8);
                items.value(types.getFirst(), key).value(types.getLast(), item);
            });
        } else {
            ((List<?>) value).forEach(item -> items.value(element, item));
        }
        byte[] written = items.bytes();
        number(written.length - start, 4);
        align(alignment);
        bytes.write(written, start, written.length - start);
    }

    /// The single complete types of a signature.
    public static List<String> split(String signature) {
        List<String> types = new ArrayList<>();
        int start = 0;
        int depth = 0;
        for (int i = 0; i < signature.length(); i++) {
            char c = signature.charAt(i);
            if (c == '(' || c == '{') {
                depth++;
            } else if (c == ')' || c == '}') {
                depth--;
            }
            if (depth == 0 && c != 'a') {
                types.add(signature.substring(start, i + 1));
                start = i + 1;
            }
        }
        return types;
    }

    static int alignment(char type) {
        return switch (type) {
            case 'n', 'q' -> 2;
            case 'b', 'i', 'u', 'h', 's', 'o', 'a' -> 4;
            case 'x', 't', 'd', '(', '{' -> 8;
            default -> 1;
        };
    }

    WireWriter align(int alignment) {
        while (bytes.size() % alignment != 0) {
            bytes.write(0);
        }
        return this;
    }

    private void number(long value, int width) {
        for (int i = 0; i < width; i++) {
            int place = order == ByteOrder.LITTLE_ENDIAN ? i : width - 1 - i;
            bytes.write((int) (value >> (8 * place)));
        }
    }

    private void terminated(byte[] text) {
        bytes.writeBytes(text);
        bytes.write(0);
    }

    private static byte[] text(Object value) {
        return value instanceof byte[] raw ? raw : ((String) value).getBytes(StandardCharsets.UTF_8);
    }
}
