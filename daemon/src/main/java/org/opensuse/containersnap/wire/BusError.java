package org.opensuse.containersnap.wire;

import java.util.concurrent.ExecutionException;

/// An error reply, with its wire name.
@SuppressWarnings("serial") // never serialized
public final class BusError extends Exception {
    private final String name;

    public BusError(String name, String message) {
        super(message);
        this.name = name;
    }

    /// What made an answer fail.
    public static BusError of(ExecutionException error) {
        return error.getCause() instanceof BusError busError
                ? busError
                : new BusError("org.freedesktop.DBus.Error.Failed", String.valueOf(error.getCause()));
    }

    /// Such as `org.freedesktop.DBus.Error.UnknownMethod`.
    public String name() {
        return name;
    }
}
