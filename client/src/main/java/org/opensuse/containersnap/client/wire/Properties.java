package org.opensuse.containersnap.client.wire;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.teavm.interop.StaticInit;

/// Properties of an object by name. One that is missing, or not of the expected type, reads as empty, false or 0,
/// so that this client gets along with an older service.
@StaticInit
public record Properties(Map<String, Value> entries) {
    /// No properties at all.
    public static final Properties NONE = new Properties(Map.of());

    /// The keys, sorted.
    public List<String> keys() {
        List<String> keys = new ArrayList<>(entries.keySet());
        Collections.sort(keys);
        return keys;
    }

    public boolean has(Property property) {
        return entries.containsKey(property.member());
    }

    /// Whether there is something under a key that is no property.
    public boolean has(String key) {
        return entries.containsKey(key);
    }

    public String text(Property property) {
        return text(property.member());
    }

    /// The text under a key that is no property, such as "found" of what Verify answers.
    public String text(String key) {
        return entries.get(key) instanceof Value.Text value ? value.text() : "";
    }

    public boolean on(Property property) {
        return on(property.member());
    }

    /// The truth under a key that is no property, such as "met" of what Verify answers.
    public boolean on(String key) {
        return entries.get(key) instanceof Value.Flag value && value.on();
    }

    public long number(Property property) {
        return number(property.member());
    }

    /// The number under a key that is no property, such as "bytes_needed" of a job's ErrorData.
    public long number(String key) {
        return entries.get(key) instanceof Value.Whole value ? value.number() : 0;
    }

    public double real(Property property) {
        return entries.get(property.member()) instanceof Value.Real value ? value.number() : 0;
    }

    public List<String> texts(Property property) {
        return texts(property.member());
    }

    /// The dictionary that is the property's value.
    public Properties properties(Property property) {
        return entries.get(property.member()) instanceof Value.Dictionary inner
                ? new Properties(inner.entries())
                : NONE;
    }

    /// The strings of the array under a key that is no property, such as "images" of a job's Result.
    public List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        if (entries.get(key) instanceof Value.Items array) {
            for (Value item : array.items()) {
                if (item instanceof Value.Text text) {
                    texts.add(text.text());
                }
            }
        }
        return texts;
    }

    /// The dictionaries of the array under a key that is no property, such as "conflicts" of a job's Result.
    public List<Properties> rows(String key) {
        List<Properties> rows = new ArrayList<>();
        if (entries.get(key) instanceof Value.Items array) {
            for (Value item : array.items()) {
                if (item instanceof Value.Dictionary row) {
                    rows.add(new Properties(row.entries()));
                }
            }
        }
        return rows;
    }

    /// These with the newer ones in their place.
    public Properties with(Properties newer) {
        Map<String, Value> merged = new HashMap<>(entries);
        merged.putAll(newer.entries);
        return new Properties(merged);
    }
}
