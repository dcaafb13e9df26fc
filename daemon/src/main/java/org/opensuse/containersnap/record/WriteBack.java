package org.opensuse.containersnap.record;

import java.nio.file.Path;
import org.opensuse.containersnap.snapshot.Failure;

/// Puts a file's data where the next commit of the file system makes it durable.
@FunctionalInterface
public interface WriteBack {
    void of(Path file) throws Failure;
}
