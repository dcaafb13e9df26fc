package org.opensuse.containersnap.wire;

/// An error reply, with its wire name.
@SuppressWarnings("serial") // never serialized
public final class BusError extends Exception {
    private final String name;

    public BusError(String name, String message) {
        super(message);
        this.name = name;
    }

    /// Such as `org.freedesktop.DBus.Error.UnknownMethod`.
    public String name() {
        return name;
    }
}
