package org.opensuse.containersnap.polkit;

/// Who asks, as the bus vouches for it.
///
/// @param busName the unique name of the caller's connection
/// @param uid the user that the connection belongs to
/// @param interactive whether the caller allows that a person is asked
public record Caller(String busName, long uid, boolean interactive) {
    private static final long ROOT = 0;

    public boolean root() {
        return uid == ROOT;
    }
}
