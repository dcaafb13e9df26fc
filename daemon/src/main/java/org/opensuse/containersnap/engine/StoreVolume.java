package org.opensuse.containersnap.engine;

import java.nio.file.Path;
import org.opensuse.containersnap.snapshot.Failure;

/// The port to the file system that the image store lies on.
public interface StoreVolume {
    /// What is free on it.
    ///
    /// @param directory any on it
    Free free(Path directory) throws Failure;

    /// Waits until what was written is on it and what was deleted is given back, some seconds later in both
    /// cases; for a limited time.
    void settle(Path directory) throws Failure, InterruptedException;

    /// Makes a file that takes space and holds nothing, in the place of what has its name.
    ///
    /// @throws Failure.NoSpace when there is too little; then there is none
    void reserve(Path file, long bytes) throws Failure;

    /// Room.
    ///
    /// @param bytes that can be written
    /// @param compressing whether what is written is made smaller
    record Free(long bytes, boolean compressing) {}
}
