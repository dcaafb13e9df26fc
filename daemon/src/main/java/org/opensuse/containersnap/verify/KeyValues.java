package org.opensuse.containersnap.verify;

import java.util.List;
import java.util.Optional;

/// Lines such as `KEY=value` or `KEY="value"`, as of os-release(5) and of tukit.conf.
record KeyValues(List<String> lines) {
    /// The value of a key, without quotes: the last one counts.
    Optional<String> find(String key) {
        Optional<String> value = Optional.empty();
        for (String line : lines) {
            int equals = line.indexOf('=');
            if (equals > 0 && line.substring(0, equals).strip().equals(key)) {
                value = Optional.of(unquoted(line.substring(equals + 1).strip()));
            }
        }
        return value;
    }

    private static String unquoted(String value) {
        boolean quoted = value.length() >= 2
                && (value.charAt(0) == '"' || value.charAt(0) == '\'')
                && value.charAt(value.length() - 1) == value.charAt(0);
        return quoted ? value.substring(1, value.length() - 1) : value;
    }
}
