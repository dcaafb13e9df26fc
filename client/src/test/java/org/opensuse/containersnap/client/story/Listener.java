package org.opensuse.containersnap.client.story;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.opensuse.containersnap.client.lab.Lab;

/// Hears all signals of the service, in their order.
final class Listener implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 30;

    private final BlockingQueue<String> coming = new LinkedBlockingQueue<>();
    private final List<String> heard = new ArrayList<>();
    private final Process process;

    Listener(Lab lab) throws InterruptedException {
        process = lab.start(lab.inside(Path.of("src/test/resources/bus-reader")), "listen");
        Thread.ofVirtual().start(this::read);
        await("ready");
    }

    /// Waits for the next line that matches the pattern as a whole.
    ///
    /// @return its first group, of a pattern that has one
    String await(String pattern) throws InterruptedException {
        return awaitAll(pattern);
    }

    /// Waits until each pattern has matched a line, in any order.
    ///
    /// @return the first group of the line that came last, of a pattern that has one
    String awaitAll(String... patterns) throws InterruptedException {
        List<Pattern> missing =
                new ArrayList<>(Arrays.stream(patterns).map(Pattern::compile).toList());
        String group = "";
        while (!missing.isEmpty()) {
            String line = coming.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (line == null) {
                throw new AssertionError(missing + " was not heard, but " + String.join("\n", heard));
            }
            heard.add(line);
            for (Pattern pattern : List.copyOf(missing)) {
                Matcher matcher = pattern.matcher(line);
                if (matcher.matches()) {
                    missing.remove(pattern);
                    group = matcher.groupCount() > 0 ? matcher.group(1) : "";
                }
            }
        }
        return group;
    }

    /// What was heard and not awaited by itself, until a signal that matches the pattern.
    List<String> until(String pattern) throws InterruptedException {
        int before = heard.size();
        await(pattern);
        return List.copyOf(heard.subList(before, heard.size() - 1));
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        process.onExit().join();
    }

    private void read() {
        try (BufferedReader lines = process.inputReader()) {
            String line = lines.readLine();
            while (line != null) {
                coming.add(line);
                line = lines.readLine();
            }
        } catch (IOException e) {
            coming.add("the listener's output can't be read: " + e);
        }
    }
}
