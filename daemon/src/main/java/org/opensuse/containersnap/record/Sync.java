package org.opensuse.containersnap.record;

import java.nio.file.Path;
import org.opensuse.containersnap.snapshot.Failure;

/// Makes all that was written to a directory's file system durable.
@FunctionalInterface
public interface Sync {
    void of(Path directory) throws Failure;
}
