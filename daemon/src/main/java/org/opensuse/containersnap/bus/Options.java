package org.opensuse.containersnap.bus;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.opensuse.containersnap.snapshot.Failure.InvalidArguments;
import org.opensuse.containersnap.snapshot.Quoted;
import org.opensuse.containersnap.wire.Call;
import org.opensuse.containersnap.wire.TypedValue;

/// The options of a call, its last argument. Keys and types that the member does not document are refused.
final class Options {
    private final Map<?, ?> entries;

    private Options(Map<?, ?> entries) {
        this.entries = entries;
    }

    /// Reads the options of a member.
    ///
    /// @param known the signatures of the options it documents
    /// @throws InvalidArguments for any other
    static Options of(Call call, Map<String, String> known) throws InvalidArguments {
        Map<?, ?> entries = (Map<?, ?>) call.arguments().getLast();
        for (Map.Entry<?, ?> entry : entries.entrySet()) {
            String key = String.valueOf(entry.getKey());
            String type = ((TypedValue) entry.getValue()).signature();
            if (!known.containsKey(key)) {
                throw new InvalidArguments(call.member() + " has no option " + Quoted.of(key) + "; it has "
                        + (known.isEmpty() ? "none" : String.join(", ", new TreeSet<>(known.keySet()))));
            }
            if (!type.equals(known.get(key))) {
                throw new InvalidArguments("option " + key + " of " + call.member() + " is of type '" + known.get(key)
                        + "', not '" + type + "'");
            }
        }
        return new Options(entries);
    }

    /// Refuses any option.
    static void none(Call call) throws InvalidArguments {
        of(call, Map.of());
    }

    Optional<String> text(String key) {
        return entries.get(key) instanceof TypedValue option ? Optional.of((String) option.value()) : Optional.empty();
    }

    List<String> texts(String key) {
        return entries.get(key) instanceof TypedValue option
                ? ((List<?>) option.value()).stream().map(String::valueOf).toList()
                : List.of();
    }

    /// A number of type t; of one above 2^63-1 that.
    OptionalLong number(String key) {
        if (!(entries.get(key) instanceof TypedValue option)) {
            return OptionalLong.empty();
        }
        long number = ((Number) option.value()).longValue();
        return OptionalLong.of(number < 0 ? Long.MAX_VALUE : number);
    }

    boolean flag(String key) {
        return entries.get(key) instanceof TypedValue option && Boolean.TRUE.equals(option.value());
    }
}
