package org.opensuse.containersnap.snapshot;

import java.util.List;

/// A user of the machine with the rights of one of their processes.
///
/// @param id user ID
/// @param groups all group IDs of the process, its own among them
public record User(long id, List<Long> groups) {
    private static final long ROOT = 0;

    public boolean root() {
        return id == ROOT;
    }
}
