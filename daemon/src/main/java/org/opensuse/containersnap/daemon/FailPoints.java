package org.opensuse.containersnap.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.opensuse.containersnap.kernel.LibC;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.step.StepWatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Kills the daemon, fails or waits where a test wants it: at a step of an operation, before it is done.
///
/// `CONTAINER_SNAPD_FAIL_POINT` has `trace`, which tells of each step, or a list of `ACTION:OPERATION/STEP[#N]` with
/// commas in between. ACTION is `kill`, `fail` or `delay=MILLISECONDS`; a delay ends earlier when there is a file
/// `go-on` in the lab's directory. STEP may be `end` for after the last one. N counts how often the step comes (1).
/// Only the lab has what makes it valid.
final class FailPoints implements StepWatch {
    static final String VARIABLE = "CONTAINER_SNAPD_FAIL_POINT";
    private static final Logger log = LoggerFactory.getLogger(FailPoints.class);
    static final Path LAB = Path.of("/run/lab");
    private static final String TRACE = "trace";
    private static final String END = "end";
    private static final Pattern POINT =
            Pattern.compile("(kill|fail|delay=(\\d{1,6})):([a-z-]+/[a-z-]+)(?:#([1-9]\\d{0,5}))?");

    private static final Duration POLL = Duration.ofMillis(5);

    private final List<Point> points;
    private final Path goOn;
    private final Map<String, Integer> reached = new ConcurrentHashMap<>();

    private FailPoints(List<Point> points, Path goOn) {
        this.points = List.copyOf(points);
        this.goOn = goOn;
    }

    private enum Deed {
        KILL,
        FAIL,
        DELAY
    }

    private record Point(Deed deed, Duration delay, String step, int count) {}

    /// Reads what a test wants; nothing on a real machine.
    ///
    /// @param lab a directory that only the lab has
    /// @throws IOException when this is not the lab, or nobody could understand it
    static StepWatch of(Map<String, String> environment, Path lab) throws IOException {
        String text = environment.getOrDefault(VARIABLE, "");
        if (text.isEmpty()) {
            return StepWatch.NONE;
        }
        if (!Files.isDirectory(lab)) {
            throw new IOException(VARIABLE + " is set, which is for dev/lab alone; unset it");
        }
        return new FailPoints(text.equals(TRACE) ? List.of() : parse(text), lab.resolve("go-on"));
    }

    private static List<Point> parse(String text) throws IOException {
        List<Point> points = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            Matcher point = POINT.matcher(part);
            if (!point.matches()) {
                throw new IOException(VARIABLE + " has '" + part
                        + "': expected trace, or a list of kill|fail|delay=MILLISECONDS:OPERATION/STEP[#N]");
            }
            String delay = point.group(2);
            points.add(new Point(
                    delay != null ? Deed.DELAY : point.group(1).equals("kill") ? Deed.KILL : Deed.FAIL,
                    Duration.ofMillis(delay == null ? 0 : Long.parseLong(delay)),
                    point.group(3),
                    point.group(4) == null ? 1 : Integer.parseInt(point.group(4))));
        }
        return points;
    }

    @Override
    public void next(String operation, String step) throws Failure, InterruptedException {
        for (Point point : at(operation, step)) {
            switch (point.deed()) {
                case KILL -> new LibC().killThisProcess();
                case FAIL -> throw new StorageFailed("a test has " + point.step() + " fail", null);
                case DELAY -> delay(point.delay());
            }
        }
    }

    @Override
    public void done(String operation) {
        for (Point point : at(operation, END)) {
            if (point.deed() == Deed.KILL) {
                new LibC().killThisProcess();
            }
        }
    }

    private void delay(Duration longest) throws InterruptedException {
        long deadline = System.nanoTime() + longest.toNanos();
        while (!Files.exists(goOn) && System.nanoTime() < deadline) {
            Thread.sleep(POLL);
        }
    }

    private List<Point> at(String operation, String step) {
        String name = operation + "/" + step;
        int count = reached.merge(name, 1, Integer::sum);
        log.info("step={}#{}", name, count);
        return points.stream()
                .filter(point -> point.step().equals(name) && point.count() == count)
                .toList();
    }
}
