package org.opensuse.containersnap.client.wire;

import java.util.Map;
import org.teavm.interop.Address;

/// Writes the arguments of a call.
final class MessageWriter {
    private static final byte TEXT = 's';
    private static final byte FLAG = 'b';
    private static final byte NUMBER = 't';
    private static final byte ARRAY = 'a';
    private static final byte ENTRY = 'e';
    private static final byte VARIANT = 'v';

    private MessageWriter() {}

    /// Appends one argument: a string, a boolean or a dictionary of options, which are strings, booleans, numbers
    /// and arrays of strings.
    static void append(Address message, Value value) {
        switch (value) {
            case Value.Text text -> check(SdBus.appendBasic(message, TEXT, Memory.text(text.text())));
            case Value.Flag flag -> appendFlag(message, flag.on());
            case Value.Dictionary options -> appendOptions(message, options.entries());
            case Value.Whole whole -> appendNumber(message, whole.number());
            case Value.Items texts -> appendTexts(message, texts);
            case Value.Real _ ->
                throw new IllegalArgumentException("no argument of this program's calls is a fraction");
        }
    }

    private static void appendFlag(Address message, boolean on) {
        Address cell = Memory.cell();
        cell.putInt(on ? 1 : 0);
        check(SdBus.appendBasic(message, FLAG, cell));
    }

    private static void appendNumber(Address message, long number) {
        Address cell = Memory.cell();
        cell.putLong(number);
        check(SdBus.appendBasic(message, NUMBER, cell));
    }

    private static void appendTexts(Address message, Value.Items texts) {
        check(SdBus.openContainer(message, ARRAY, Memory.text("s")));
        for (Value text : texts.items()) {
            append(message, text);
        }
        check(SdBus.closeContainer(message));
    }

    private static String signature(Value option) {
        return switch (option) {
            case Value.Text _ -> "s";
            case Value.Flag _ -> "b";
            case Value.Whole _ -> "t";
            case Value.Items _ -> "as";
            case Value.Real _, Value.Dictionary _ ->
                throw new IllegalArgumentException("no option of this program's calls is a fraction or a dictionary");
        };
    }

    private static void appendOptions(Address message, Map<String, Value> options) {
        check(SdBus.openContainer(message, ARRAY, Memory.text("{sv}")));
        for (Map.Entry<String, Value> option : options.entrySet()) {
            check(SdBus.openContainer(message, ENTRY, Memory.text("sv")));
            append(message, Value.of(option.getKey()));
            check(SdBus.openContainer(message, VARIANT, Memory.text(signature(option.getValue()))));
            append(message, option.getValue());
            check(SdBus.closeContainer(message));
            check(SdBus.closeContainer(message));
        }
        check(SdBus.closeContainer(message));
    }

    private static void check(int result) {
        if (result < 0) {
            throw new IllegalStateException("sd-bus: " + Memory.errorText(-result));
        }
    }
}
