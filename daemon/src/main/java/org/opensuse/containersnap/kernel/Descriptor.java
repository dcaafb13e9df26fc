package org.opensuse.containersnap.kernel;

import java.nio.file.Path;

/// A file descriptor of this process.
public final class Descriptor implements AutoCloseable {
    private final LibC libC;
    private final int number;

    Descriptor(LibC libC, int number) {
        this.libC = libC;
        this.number = number;
    }

    int number() {
        return number;
    }

    /// A path that leads to what the descriptor stands for, whatever became of the name it was opened by (proc(5)).
    public Path path() {
        return Path.of("/proc/self/fd/" + number);
    }

    @Override
    public void close() {
        libC.close(number);
    }
}
