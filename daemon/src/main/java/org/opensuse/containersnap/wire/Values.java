package org.opensuse.containersnap.wire;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.freedesktop.dbus.DBusPath;
import org.freedesktop.dbus.Struct;
import org.freedesktop.dbus.types.UInt16;
import org.freedesktop.dbus.types.UInt32;
import org.freedesktop.dbus.types.UInt64;
import org.freedesktop.dbus.types.Variant;

/// Plain Java values for D-Bus types, there and back.
///
/// | signature | Java |
/// |---|---|
/// | `s` `o` `g` | String |
/// | `b` | Boolean |
/// | `y` `n` `q` `i` `u` `x` `t` | Long (a `t` above 2^63-1 wraps) |
/// | `d` | Double |
/// | `v` | [TypedValue] |
/// | `a…` | List; `a{kv}` Map in the order of the message |
/// | `(…)` | List |
final class Values {
    private Values() {}

    /// The values in the shapes that dbus-java marshals for the signature.
    static Object[] toWire(String signature, List<?> values) {
        List<String> types = Signature.split(signature);
        if (types.size() != values.size()) {
            throw new IllegalArgumentException(values.size() + " values for signature " + signature);
        }
        Object[] wired = new Object[values.size()];
        for (int i = 0; i < wired.length; i++) {
            wired[i] = toWire(types.get(i), values.get(i));
        }
        return wired;
    }

    private static Object toWire(String type, Object value) {
        return switch (type.charAt(0)) {
            case 's' -> text((String) value);
            case 'o' -> new DBusPath((String) value);
            case 'y' -> ((Number) value).byteValue();
            case 'n' -> ((Number) value).shortValue();
            case 'q' -> new UInt16(((Number) value).intValue());
            case 'i' -> ((Number) value).intValue();
            case 'u' -> new UInt32(((Number) value).longValue());
            case 't' -> new UInt64(((Number) value).longValue());
            case 'v' -> variant((TypedValue) value);
            case 'a' -> array(type.substring(1), value);
            case '(' -> toWire(type.substring(1, type.length() - 1), (List<?>) value);
            default -> value;
        };
    }

    /// A string that the bus takes: it ends the connection of who sends NUL, which an image's labels may hold.
    static String text(String value) {
        return value.replace('\0', '\uFFFD');
    }

    private static Variant<?> variant(TypedValue typed) {
        return new Variant<>(toWire(typed.signature(), typed.value()), typed.signature());
    }

    private static Object array(String element, Object value) {
        if (element.charAt(0) != '{') {
            List<Object> items = new ArrayList<>();
            for (Object item : (List<?>) value) {
                items.add(toWire(element, item));
            }
            return items;
        }
        List<String> types = Signature.split(element.substring(1, element.length() - 1));
        Map<Object, Object> entries = new LinkedHashMap<>();
        ((Map<?, ?>) value)
                .forEach((key, item) -> entries.put(toWire(types.getFirst(), key), toWire(types.getLast(), item)));
        return entries;
    }

    /// The plain values of what dbus-java unmarshalled.
    static List<Object> fromWire(Object[] wired) {
        List<Object> values = new ArrayList<>(wired.length);
        for (Object value : wired) {
            values.add(fromWire(value));
        }
        return values;
    }

    private static Object fromWire(Object wired) {
        return switch (wired) {
            case DBusPath path -> path.getPath();
            case UInt16 number -> number.longValue();
            case UInt32 number -> number.longValue();
            case UInt64 number -> number.longValue();
            case Byte number -> (long) (number & 0xff);
            case Short number -> number.longValue();
            case Integer number -> number.longValue();
            case Variant<?> variant -> new TypedValue(variant.getSig(), fromWire(variant.getValue()));
            case Map<?, ?> map -> {
                Map<Object, Object> entries = new LinkedHashMap<>();
                map.forEach((key, value) -> entries.put(fromWire(key), fromWire(value)));
                yield entries;
            }
            case List<?> list -> list.stream().map(Values::fromWire).toList();
            case Struct struct -> fromWire(struct.getParameters());
            case Object[] array -> fromWire(array);
            case byte[] bytes -> {
                List<Object> items = new ArrayList<>(bytes.length);
                for (byte b : bytes) {
                    items.add((long) (b & 0xff));
                }
                yield items;
            }
            case int[] items ->
                Arrays.stream(items).mapToObj(i -> (Object) (long) i).toList();
            case long[] items -> Arrays.stream(items).mapToObj(i -> (Object) i).toList();
            case double[] items ->
                Arrays.stream(items).mapToObj(i -> (Object) i).toList();
            default -> wired;
        };
    }
}
