package org.opensuse.containersnap.client.lab;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads values of a message that a bus passed on. Numbers of whatever type are Long, what is in a variant is just the
/// value; the other shapes are those of [WireWriter].
final class WireReader {
    private final ByteBuffer data;

    WireReader(byte[] data, ByteOrder order) {
        this.data = ByteBuffer.wrap(data).order(order);
    }

    List<Object> all(String signature) {
        List<Object> values = new ArrayList<>();
        for (String type : WireWriter.split(signature)) {
            values.add(value(type));
        }
        return values;
    }

    Object value(String type) {
        align(WireWriter.alignment(type.charAt(0)));
        return switch (type.charAt(0)) {
            case 'y' -> (long) Byte.toUnsignedInt(data.get());
            case 'n' -> (long) data.getShort();
            case 'q' -> (long) Short.toUnsignedInt(data.getShort());
            case 'i' -> (long) data.getInt();
            case 'u', 'h' -> Integer.toUnsignedLong(data.getInt());
            case 'b' -> data.getInt() != 0;
            case 'x', 't' -> data.getLong();
            case 'd' -> data.getDouble();
            case 's', 'o' -> text(data.getInt());
            case 'g' -> text(Byte.toUnsignedInt(data.get()));
            case 'v' -> value((String) value("g"));
            case 'a' -> array(type.substring(1));
            case '(' -> all(type.substring(1, type.length() - 1));
            default -> throw new IllegalArgumentException(type);
        };
    }

    private Object array(String element) {
        int length = data.getInt();
        align(WireWriter.alignment(element.charAt(0)));
        int end = data.position() + length;
        if (element.charAt(0) != '{') {
            List<Object> items = new ArrayList<>();
            while (data.position() < end) {
                items.add(value(element));
            }
            return items;
        }
        List<String> types = WireWriter.split(element.substring(1, element.length() - 1));
        Map<Object, Object> entries = new LinkedHashMap<>();
        while (data.position() < end) {
            align(8);
            entries.put(value(types.getFirst()), value(types.getLast()));
        }
        return entries;
    }

    private String text(int length) {
        String text = new String(data.array(), data.position(), length, StandardCharsets.UTF_8);
        data.position(data.position() + length + 1);
        return text;
    }

    private void align(int alignment) {
        data.position((data.position() + alignment - 1) / alignment * alignment);
    }
}
