package org.opensuse.containersnap.record;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.function.Function;

/// The fields of a record that was read. Others than those asked for may be there: a later version wrote them.
record Fields(JsonNode node) {
    /// A text, when there is one.
    Optional<String> text(String key) throws DamagedRecord {
        JsonNode value = node.path(key);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw wrong(key, "a text");
        }
        return Optional.of(value.textValue());
    }

    String requiredText(String key) throws DamagedRecord {
        return text(key).orElseThrow(() -> wrong(key, "a text"));
    }

    /// A text that stands for something else, when there is one.
    ///
    /// @param reading gives nothing for a text that does not
    <T> Optional<T> parsed(String key, String what, Function<String, Optional<T>> reading) throws DamagedRecord {
        Optional<String> text = text(key);
        return text.isEmpty()
                ? Optional.empty()
                : Optional.of(reading.apply(text.get()).orElseThrow(() -> wrong(key, what)));
    }

    boolean flag(String key) throws DamagedRecord {
        JsonNode value = node.path(key);
        if (!value.isBoolean()) {
            throw wrong(key, "true or false");
        }
        return value.booleanValue();
    }

    /// A whole number, not below zero.
    long number(String key) throws DamagedRecord {
        JsonNode value = node.path(key);
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
            throw wrong(key, "a whole number");
        }
        return value.longValue();
    }

    /// The fields of an object in it; those of an empty one when it is not there.
    Fields object(String key) throws DamagedRecord {
        JsonNode value = node.path(key);
        if (!value.isMissingNode() && !value.isObject()) {
            throw wrong(key, "an object");
        }
        return new Fields(value);
    }

    boolean has(String key) {
        return node.has(key);
    }

    private static DamagedRecord wrong(String key, String expected) {
        return new DamagedRecord("\"" + key + "\" is not " + expected);
    }
}
