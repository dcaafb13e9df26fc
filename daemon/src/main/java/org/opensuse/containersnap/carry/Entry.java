package org.opensuse.containersnap.carry;

import java.util.Optional;

/// What is or was done about one path; paths that need nothing have none.
///
/// @param path in the root
/// @param detail what of it the conflict is about, such as `permissions`; empty when that is all
/// @param beside where the image's is when the running system's took its place
public record Entry(
        String path, Mode mode, Action action, Optional<Conflict> conflict, String detail, Optional<String> beside) {
    static Entry of(String path, Mode mode, Action action) {
        return new Entry(path, mode, action, Optional.empty(), "", Optional.empty());
    }

    Entry because(Conflict reason) {
        return new Entry(path, mode, action, Optional.of(reason), detail, beside);
    }

    Entry about(String what) {
        return new Entry(path, mode, action, conflict, what, beside);
    }

    Entry withTheirsAt(String other) {
        return new Entry(path, mode, action, conflict, detail, Optional.of(other));
    }
}
