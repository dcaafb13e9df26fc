package org.opensuse.containersnap.hook;

import java.nio.file.Path;

/// An executable that makes a root ready to be booted.
record HookFile(Path path) {
    /// How the name of a hook ends that is to run inside the root.
    private static final String INSIDE = ".inside";

    boolean inside() {
        return name().endsWith(INSIDE);
    }

    String name() {
        return path.getFileName().toString();
    }
}
