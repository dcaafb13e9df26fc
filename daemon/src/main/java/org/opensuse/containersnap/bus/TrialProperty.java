package org.opensuse.containersnap.bus;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.opensuse.containersnap.engine.Trial;
import org.opensuse.containersnap.wire.TypedValue;

/// What the manager tells of the last trial.
final class TrialProperty {
    private TrialProperty() {}

    static Map<String, TypedValue> of(Optional<Trial.State> state) {
        return state.map(TrialProperty::of).orElse(Map.of());
    }

    private static Map<String, TypedValue> of(Trial.State state) {
        return Map.of(
                "snapshot", TypedValue.of(state.snapshot().toString()),
                "verdict", TypedValue.of(state.verdict().name().toLowerCase(Locale.ROOT)),
                "tries", new TypedValue("t", (long) state.tries()),
                "tries_allowed", new TypedValue("t", (long) state.allowed()),
                "reason", TypedValue.of(state.reason()));
    }
}
