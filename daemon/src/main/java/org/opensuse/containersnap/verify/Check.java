package org.opensuse.containersnap.verify;

import java.io.IOException;

/// Holds a root against one requirement.
@FunctionalInterface
interface Check {
    Verdict of(Root root) throws IOException;
}
