package org.opensuse.containersnap.wire;

/// A value together with its D-Bus signature: what a variant holds.
///
/// @param signature of a single complete type
/// @param value in the Java shape that [Values] gives for the signature
public record TypedValue(String signature, Object value) {
    public static TypedValue of(String text) {
        return new TypedValue("s", text);
    }

    public static TypedValue of(boolean value) {
        return new TypedValue("b", value);
    }
}
