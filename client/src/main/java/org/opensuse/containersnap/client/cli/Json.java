package org.opensuse.containersnap.client.cli;

import java.util.List;

/// Writes JSON, a member a line.
final class Json {
    private final StringBuilder text = new StringBuilder();
    private int depth;
    private boolean first = true;

    /// Begins an object that is the document, or the next item of an array.
    Json object() {
        return open('{');
    }

    /// Begins an object that is a member.
    Json object(String key) {
        return key(key).openHere('{');
    }

    /// Begins an array that is the document.
    Json array() {
        return open('[');
    }

    /// Begins an array that is a member.
    Json array(String key) {
        return key(key).openHere('[');
    }

    Json endObject() {
        return close('}');
    }

    Json endArray() {
        return close(']');
    }

    /// A member that is a string; null when the text is empty.
    Json member(String key, String value) {
        key(key);
        if (value.isEmpty()) {
            text.append("null");
        } else {
            quote(value);
        }
        return this;
    }

    /// A member that is a string, also when the text is empty.
    Json text(String key, String value) {
        key(key);
        quote(value);
        return this;
    }

    Json member(String key, boolean value) {
        key(key).text.append(value);
        return this;
    }

    /// A member that is a whole number without sign.
    Json member(String key, long value) {
        key(key).text.append(Long.toUnsignedString(value));
        return this;
    }

    /// A member that is a share, 0 to 1, with three decimals.
    Json share(String key, double value) {
        long thousandths = Math.round(Math.clamp(value, 0.0, 1.0) * 1000);
        key(key).text.append(thousandths / 1000).append('.');
        String decimals = Long.toString(thousandths % 1000);
        text.append("000", 0, 3 - decimals.length()).append(decimals);
        return this;
    }

    Json member(String key, List<String> values) {
        key(key).text.append('[');
        for (int i = 0; i < values.size(); i++) {
            if (i > 0) {
                text.append(", ");
            }
            quote(values.get(i));
        }
        text.append(']');
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }

    private Json key(String key) {
        next();
        quote(key);
        text.append(": ");
        return this;
    }

    private Json open(char bracket) {
        next();
        return openHere(bracket);
    }

    private Json openHere(char bracket) {
        text.append(bracket);
        depth++;
        first = true;
        return this;
    }

    private Json close(char bracket) {
        depth--;
        if (!first) {
            indent();
        }
        text.append(bracket);
        first = false;
        return this;
    }

    private void next() {
        if (depth == 0) {
            return;
        }
        if (!first) {
            text.append(',');
        }
        first = false;
        indent();
    }

    private void indent() {
        text.append('\n');
        for (int i = 0; i < depth; i++) {
            text.append("  ");
        }
    }

    private void quote(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (Printable.harmful(c)) {
                text.append("\\u");
                Printable.hex(text, c, 4);
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }
}
