package org.opensuse.containersnap.client.cli;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.opensuse.containersnap.client.wire.Host;

/// A process that keeps what it was asked to write.
final class FakeHost implements Host {
    final StringBuilder output = new StringBuilder();
    final StringBuilder error = new StringBuilder();
    final Map<String, String> files = new HashMap<>();
    Optional<String> outputProblem = Optional.empty();
    Optional<String> directory = Optional.of("/home/alice");
    boolean inputTerminal;
    boolean errorTerminal;
    int columns = 80;
    long now;
    long epochSeconds;

    @Override
    public boolean inputIsTerminal() {
        return inputTerminal;
    }

    @Override
    public boolean errorIsTerminal() {
        return errorTerminal;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public long epochSeconds() {
        return epochSeconds;
    }

    @Override
    public long millis() {
        return now;
    }

    @Override
    public void error(String text) {
        error.append(text);
    }

    @Override
    public Optional<String> output(String text) {
        if (outputProblem.isEmpty()) {
            output.append(text);
        }
        return outputProblem;
    }

    @Override
    public Optional<String> workingDirectory() {
        return directory;
    }

    @Override
    public Optional<String> read(String path) {
        return Optional.ofNullable(files.get(path));
    }
}
