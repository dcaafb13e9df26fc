package org.opensuse.containersnap.client.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A value of a D-Bus message. Variants are opened: what is inside stands for them.
public sealed interface Value {
    /// A string, an object path or a signature.
    record Text(String text) implements Value {}

    /// A boolean.
    record Flag(boolean on) implements Value {}

    /// An integer of any width; of type t the bits, to be read as unsigned.
    record Whole(long number) implements Value {
        @Override
        public long whole() {
            return number;
        }
    }

    /// A double.
    record Real(double number) implements Value {}

    /// An array or a structure.
    record Items(List<Value> items) implements Value {}

    /// An array of dictionary entries whose keys are strings.
    record Dictionary(Map<String, Value> entries) implements Value {
        @Override
        public Properties properties() {
            return new Properties(entries);
        }
    }

    static Value of(String text) {
        return new Text(text);
    }

    static Value of(boolean on) {
        return new Flag(on);
    }

    /// An array of strings.
    static Value of(List<String> texts) {
        List<Value> items = new ArrayList<>();
        for (String text : texts) {
            items.add(new Text(text));
        }
        return new Items(items);
    }

    /// What a method without an out argument answers.
    static Value nothing() {
        return new Items(List.of());
    }

    /// The empty dictionary of options, a{sv}.
    static Value noOptions() {
        return new Dictionary(Map.of());
    }

    /// The dictionary of options with one flag set.
    static Value option(String key) {
        return new Dictionary(Map.of(key, new Flag(true)));
    }

    /// The dictionary of options with these.
    static Value options(Map<String, Value> options) {
        return new Dictionary(options);
    }

    /// The text of a string.
    default String text() throws BusFailure {
        throw new BusFailure.Unreadable("no text");
    }

    /// The number of an integer.
    default long whole() throws BusFailure {
        throw new BusFailure.Unreadable("no number");
    }

    /// The truth of a boolean.
    default boolean on() throws BusFailure {
        throw new BusFailure.Unreadable("no boolean");
    }

    /// The members of an array or a structure.
    default List<Value> items() throws BusFailure {
        throw new BusFailure.Unreadable("no array");
    }

    /// The entries of a dictionary.
    default Properties properties() throws BusFailure {
        throw new BusFailure.Unreadable("no dictionary");
    }
}
