package org.opensuse.containersnap.journal;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.opensuse.containersnap.snapshot.Quoted;
import org.slf4j.event.KeyValuePair;

/// One thing that is logged, as the journal and as the console get it.
///
/// What it holds may come from anybody: references, names of files, words of registries. On the console nothing of it
/// can begin a line or look like another key; in the journal every value has a length, so nothing needs escaping there.
///
/// @param logger name of the class that speaks
/// @param message one line: what happened, then `key=value` for each key
/// @param values of the journal's fields, a key may be there more than once
/// @param stack of what was thrown
record Entry(
        Priority priority,
        String logger,
        String thread,
        String message,
        List<KeyValuePair> values,
        Optional<String> stack) {
    static final String IDENTIFIER = "container-snapd";

    /// Characters of a message or value after which it is cut; no reference or path is longer.
    static final int LONGEST = 4096;

    private static final Pattern NEEDS_NO_QUOTES = Pattern.compile("[A-Za-z0-9._:/@+%,~#-]+");

    static Entry of(ILoggingEvent event) {
        List<KeyValuePair> pairs = Objects.requireNonNullElse(event.getKeyValuePairs(), List.of());
        return new Entry(
                Priority.of(event.getLevel()),
                event.getLoggerName(),
                event.getThreadName(),
                line(String.valueOf(event.getFormattedMessage()), pairs),
                pairs.stream().filter(pair -> Key.isField(pair.key)).toList(),
                Optional.ofNullable(event.getThrowableProxy()).map(ThrowableProxyUtil::asString));
    }

    /// The fields for the journal, `NAME=value` each.
    List<byte[]> fields() {
        List<byte[]> fields = new ArrayList<>();
        fields.add(field("MESSAGE", message));
        fields.add(field("PRIORITY", Integer.toString(priority.number())));
        fields.add(field("SYSLOG_IDENTIFIER", IDENTIFIER));
        fields.add(field("LOGGER", logger));
        fields.add(field("THREAD_NAME", thread));
        values.forEach(pair -> fields.add(field(pair.key, cut(String.valueOf(pair.value)))));
        stack.ifPresent(text -> fields.add(field("STACKTRACE", text)));
        return fields;
    }

    /// The lines for the console, with the prefix that sd-daemon(3) defines: what reads them may be the journal.
    String lines() {
        String prefix = "<" + priority.number() + ">";
        StringBuilder lines = new StringBuilder();
        lines.append(prefix).append(logger.substring(logger.lastIndexOf('.') + 1));
        lines.append(": ").append(message).append('\n');
        stack.ifPresent(text -> text.lines()
                .forEach(line -> lines.append(prefix)
                        .append("    ")
                        .append(Quoted.plain(line.strip(), LONGEST))
                        .append('\n')));
        return lines.toString();
    }

    private static String line(String what, List<KeyValuePair> pairs) {
        StringBuilder line = new StringBuilder(Quoted.plain(what, LONGEST));
        for (KeyValuePair pair : pairs) {
            if (!pair.key.equals(Key.EVENT)) {
                line.append(' ').append(Key.word(pair.key)).append('=').append(word(String.valueOf(pair.value)));
            }
        }
        return line.toString();
    }

    private static String word(String value) {
        if (value.length() <= LONGEST && NEEDS_NO_QUOTES.matcher(value).matches()) {
            return value;
        }
        String escaped = value.replace("\\", "\\\\").replace("\"", "\\\"");
        return '"' + Quoted.plain(escaped, LONGEST) + '"';
    }

    private static String cut(String value) {
        return value.length() <= LONGEST ? value : value.substring(0, LONGEST) + "…";
    }

    private static byte[] field(String name, String value) {
        return (name + "=" + value).getBytes(StandardCharsets.UTF_8);
    }
}
