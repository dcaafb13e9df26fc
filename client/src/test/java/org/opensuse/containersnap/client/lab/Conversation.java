package org.opensuse.containersnap.client.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Lines of words that a test and a program exchange over the program's standard input and output. Between words stand
/// tabs; the program writes those in a word, line breaks and backslashes as Java does.
///
/// The program begins with a line of `ready` and more, and ends when its standard input does.
public final class Conversation implements AutoCloseable {
    private static final long SECONDS_TO_END = 30;

    private final Process process;
    private final List<String> first;

    /// Waits for the first line of a program that was started.
    ///
    /// @param hearer hears each other line, on a thread of its own
    public Conversation(Process process, Consumer<List<String>> hearer) {
        this.process = process;
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        this.first = read(lines);
        if (!first.getFirst().equals("ready")) {
            throw new AssertionError(
                    process.errorReader(StandardCharsets.UTF_8).lines().collect(Collectors.joining("\n")));
        }
        Thread.ofVirtual().start(() -> {
            for (List<String> words = read(lines); !words.getFirst().isEmpty(); words = read(lines)) {
                hearer.accept(words);
            }
        });
    }

    /// What the program said after `ready`.
    public List<String> first() {
        return first.subList(1, first.size());
    }

    /// Says a line.
    public void say(String... words) {
        try {
            Writer writer = process.outputWriter(StandardCharsets.UTF_8);
            writer.write(String.join("\t", words) + "\n");
            writer.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Lets the program end and waits until it has.
    @Override
    public void close() {
        try {
            process.outputWriter(StandardCharsets.UTF_8).close();
            if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("a program did not end when its standard input did");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /// The words of the next line; a single empty one at the end.
    private static List<String> read(BufferedReader lines) {
        try {
            String line = lines.readLine();
            return line == null
                    ? List.of("")
                    : Arrays.stream(line.split("\t", -1))
                            .map(String::translateEscapes)
                            .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
