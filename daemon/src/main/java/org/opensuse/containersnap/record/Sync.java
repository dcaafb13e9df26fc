package org.opensuse.containersnap.record;

import java.nio.file.Path;
import org.opensuse.containersnap.snapshot.Failure;

/// Makes a file's data durable, or the names in a directory.
@FunctionalInterface
public interface Sync {
    void of(Path path) throws Failure;
}
