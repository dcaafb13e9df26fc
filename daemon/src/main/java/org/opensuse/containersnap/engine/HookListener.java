package org.opensuse.containersnap.engine;

import java.nio.file.Path;

/// Hears what hooks do. It must not throw; while it takes its time, the hook waits.
public interface HookListener {
    /// The next hook begins.
    ///
    /// @param number from 1
    /// @param count of all
    void begins(Path hook, int number, int count);

    /// A hook printed a line, on standard output or standard error.
    ///
    /// @param line without its end and without control characters; of a long one the beginning
    void line(Path hook, String line);
}
