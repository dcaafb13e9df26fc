package org.opensuse.containersnap.hook;

import java.nio.file.Path;

/// An executable that makes a root ready to be booted.
record HookFile(Path path) {
    /// Words at the end of a name, each behind a dot, in any order.
    private static final String INSIDE = "inside";

    private static final String NO_CANCEL = "nocancel";

    /// Whether it is to run inside the root.
    boolean inside() {
        return says(INSIDE);
    }

    /// Whether it may be ended before it has done all: what it changes is gone with the root.
    boolean cancelable() {
        return !says(NO_CANCEL);
    }

    private boolean says(String wanted) {
        String rest = name();
        for (int dot = rest.lastIndexOf('.'); dot > 0; dot = rest.lastIndexOf('.')) {
            String word = rest.substring(dot + 1);
            if (word.equals(wanted)) {
                return true;
            }
            if (!word.equals(INSIDE) && !word.equals(NO_CANCEL)) {
                return false;
            }
            rest = rest.substring(0, dot);
        }
        return false;
    }

    String name() {
        return path.getFileName().toString();
    }
}
