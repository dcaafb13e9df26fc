package org.opensuse.containersnap.record;

import java.nio.file.Path;
import org.opensuse.containersnap.snapshot.Failure;

/// Makes durable what was changed on a directory's file system, and what was written back there.
@FunctionalInterface
public interface Sync {
    void of(Path directory) throws Failure;
}
