package org.opensuse.containersnap.engine;

import java.nio.file.Path;

/// Hears what hooks do. While it takes its time, the hook waits.
public interface HookListener {
    /// The next hook begins.
    ///
    /// @param number from 1
    /// @param count of all
    /// @param cancelable whether it may be ended before it has done all
    /// @throws InterruptedException when a cancel came before
    void begins(Path hook, int number, int count, boolean cancelable) throws InterruptedException;

    /// A hook printed a line, on standard output or standard error.
    ///
    /// @param line without its end and without control characters; of a long one the beginning
    void line(Path hook, String line);
}
