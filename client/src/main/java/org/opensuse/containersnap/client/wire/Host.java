package org.opensuse.containersnap.client.wire;

import java.util.Optional;

/// The process and its machine, as far as commands need them.
public interface Host {
    /// Whether a person sits at standard input.
    boolean inputIsTerminal();

    /// Whether standard error is a terminal.
    boolean errorIsTerminal();

    /// Columns of the terminal at standard error, asked anew each time; 80 when unknown.
    int columns();

    /// Milliseconds of a clock that only goes forward.
    long millis();

    /// Seconds since the epoch.
    long epochSeconds();

    /// Writes to standard error; what can't be written is dropped.
    void error(String text);

    /// Writes all of it to standard output; what went wrong, if anything.
    Optional<String> output(String text);

    /// Absolute path of the working directory, without a trailing "/"; empty when it has none.
    Optional<String> workingDirectory();

    /// The text of a file; empty when it can't be read.
    Optional<String> read(String path);
}
