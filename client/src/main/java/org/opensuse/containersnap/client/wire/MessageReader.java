package org.opensuse.containersnap.client.wire;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.teavm.interop.Address;

/// Reads the values of a message, whatever its signature.
final class MessageReader {
    private final Address message;
    private final Address type = Memory.cell();
    private final Address contents = Memory.cell();
    private final Address cell = Memory.cell();

    MessageReader(Address message) {
        this.message = message;
    }

    /// The next value; [Value#nothing] at the end of the message.
    Value next() throws BusFailure {
        return peek() ? read() : Value.nothing();
    }

    private boolean peek() throws BusFailure {
        return check(SdBus.peekType(message, type, contents)) > 0;
    }

    private Value read() throws BusFailure {
        byte kind = type.getByte();
        return switch (kind) {
            case 's', 'o', 'g' -> {
                basic(kind);
                yield Value.of(Memory.string(cell.getAddress()));
            }
            case 'b' -> {
                basic(kind);
                yield Value.of(cell.getInt() != 0);
            }
            case 'd' -> {
                basic(kind);
                yield new Value.Real(cell.getDouble());
            }
            case 'a' -> array();
            case 'r' -> {
                enter(kind, contents.getAddress());
                List<Value> members = rest();
                leave();
                yield new Value.Items(members);
            }
            case 'v' -> {
                enter(kind, contents.getAddress());
                Value inner = next();
                leave();
                yield inner;
            }
            default -> whole(kind);
        };
    }

    private Value whole(byte kind) throws BusFailure {
        basic(kind);
        return new Value.Whole(
                switch (kind) {
                    case 'y' -> cell.getByte() & 0xFF;
                    case 'n' -> cell.getShort();
                    case 'q' -> cell.getShort() & 0xFFFF;
                    case 'i', 'h' -> cell.getInt();
                    case 'u' -> cell.getInt() & 0xFFFF_FFFFL;
                    case 'x', 't' -> cell.getLong();
                    default -> throw new BusFailure.Unreadable("a value of the unknown type " + (char) kind);
                });
    }

    private Value array() throws BusFailure {
        Address inside = contents.getAddress();
        boolean dictionary = inside.getByte() == '{';
        enter((byte) 'a', inside);
        Value value = dictionary ? new Value.Dictionary(entries()) : new Value.Items(rest());
        leave();
        return value;
    }

    private Map<String, Value> entries() throws BusFailure {
        Map<String, Value> entries = new HashMap<>();
        while (peek()) {
            enter((byte) 'e', contents.getAddress());
            String key = next().text();
            entries.put(key, next());
            leave();
        }
        return entries;
    }

    private List<Value> rest() throws BusFailure {
        List<Value> items = new ArrayList<>();
        while (peek()) {
            items.add(read());
        }
        return items;
    }

    private void basic(byte kind) throws BusFailure {
        check(SdBus.readBasic(message, kind, cell));
    }

    private void enter(byte kind, Address inside) throws BusFailure {
        check(SdBus.enterContainer(message, kind, inside));
    }

    private void leave() throws BusFailure {
        check(SdBus.exitContainer(message));
    }

    private static int check(int result) throws BusFailure {
        if (result < 0) {
            throw new BusFailure.Unreadable(Memory.errorText(-result));
        }
        return result;
    }
}
