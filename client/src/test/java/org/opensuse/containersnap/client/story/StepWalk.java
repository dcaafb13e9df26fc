package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Lab.Result;
import org.opensuse.containersnap.client.lab.SlowRegistry;

/// Stops operations at their steps on one machine.
final class StepWalk implements AutoCloseable {
    /// How far podman comes in a moment is another matter each time: a phase may be over before it was
    /// told, and after a kill another rest may be left to do.
    private static final int MOST_TRIES = 10;

    private static final Duration TO_BE_SEEN = Duration.ofMillis(400);

    private static final String PROCESS = "containersnap.daemon.Main";
    private static final Pattern STEP = Pattern.compile("step=([a-z-]+/[a-z-]+#\\d+)");
    private static final Pattern READY = Pattern.compile(" ready version=");

    /* What there is, a thing a line, without what is another one each time: numbers, times, contents of records. */
    private static final String STATE = """
            cd /var/lib/container-snap
            find . -maxdepth 1
            [ ! -d roots ] || find roots -mindepth 1 -maxdepth 1
            [ ! -d state ] || find state \\( -path 'state/jobs/*.json' -prune \\) -o -print
            [ ! -d tmp ] || find tmp
            [ ! -d snapshots/btrfs ] || (cd snapshots; find btrfs/subvolumes btrfs-images btrfs-layers -maxdepth 1)
            for file in snapshots/btrfs-images/images.json snapshots/btrfs-layers/layers.json; do
                [ ! -e $file ] || /usr/bin/python3 -c '
            import json, sys
            for entry in json.load(open(sys.argv[1])) or []:
                print(sys.argv[1], entry["id"], sorted(entry.get("names", [])), entry.get("flags"))' $file
            done
            find /tmp /var/tmp
            find /run/container-snap -maxdepth 1
            find /run -maxdepth 1 -name reboot-needed
            [ ! -d /run/container-snap/podman ] || find /run/container-snap/podman
            btrfs subvolume list / | cut -d ' ' -f 9-
            btrfs subvolume list -r / | cut -d ' ' -f 9- | sed 's/^/read-only /'
            btrfs subvolume get-default / | cut -d ' ' -f 9- | sed 's/^/default /'
            container-snap status --json | grep -E 'rollback_subvolume|verdict'
            container-snap list-snapshots --json | { grep '"pinned": true' || true; }
            cut -d ' ' -f 4,5 /proc/self/mountinfo | { grep -v ' /host' || true; }
            for process in /proc/[0-9]*; do
                [ $process = /proc/$$ ] || { read -r name <"$process/comm" && echo "process $name"; } 2>/dev/null || true
            done
            """;

    private final Lab lab;
    private final Set<String> elsewhere;
    private final Machine machine;
    private final FailPoint failPoint;
    private Optional<SlowRegistry> registry = Optional.empty();

    /// @param elsewhere steps of undoing and of starting, which many operations share, that were walked
    StepWalk(Lab lab, Set<String> elsewhere) {
        this.lab = lab;
        this.elsewhere = elsewhere;
        this.machine = new Machine(lab);
        this.failPoint = new FailPoint(lab);
    }

    /// What became different: lines that are there now, after a plus, and that were there before, after a minus.
    private record Change(List<String> lines) {
        static final Change NONE = new Change(List.of());

        static Change between(List<String> before, List<String> after) {
            List<String> lines = new ArrayList<>();
            List<String> rest = new ArrayList<>(before);
            for (String line : after) {
                if (!rest.remove(line)) {
                    lines.add("+" + line);
                }
            }
            rest.forEach(line -> lines.add("-" + line));
            return new Change(lines.stream()
                    .map(line -> line.replaceAll("-work\\d+", "-workN"))
                    .sorted()
                    .toList());
        }
    }

    /// Where an operation was stopped.
    ///
    /// @param steps names
    record Walked(
            Operation operation, Set<String> steps, int killed, int failed, int killedUndoing, int killedStarting) {
        @Override
        public String toString() {
            return operation + ": " + steps.size() + " steps; killed at " + killed + " points, failed at " + failed
                    + ", killed while undoing at " + killedUndoing + ", while the next start put it in order at "
                    + killedStarting;
        }
    }

    /// Makes a machine fit for it. Its registry is slow enough for a pull to be seen downloading.
    void begin() {
        try {
            SlowRegistry slow = SlowRegistry.before(lab.registry(), 1);
            slow.goOnAfter(TO_BE_SEEN);
            registry = Optional.of(slow);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        failPoint.install();
        failPoint.quickenStarts(() -> {
            lab.snap("init").ok();
            lab.snap("list-snapshots").ok();
            stopDaemon();
        });
        BootableImage.push(lab);
        lab.bash(Operation.ARCHIVE, lab.inside(Path.of("src/test/resources/two-images")))
                .ok();
    }

    @Override
    public void close() {
        registry.ifPresent(SlowRegistry::close);
    }

    /// Stops an operation at each of its steps.
    Walked walk(Operation operation) {
        boot(operation);
        warmUp(operation);
        List<String> before = prepare(operation);
        int logged = restart("trace");
        assertThat(run(operation).status()).isZero();
        List<String> steps = stepsOfOperation(logged);
        Change whole = Change.between(before, state());
        assertThat(whole).isNotEqualTo(Change.NONE);

        Map<String, String> starting = new LinkedHashMap<>();
        for (String step : steps) {
            kill(operation, step, whole, starting);
        }
        Map<String, String> undoing = new LinkedHashMap<>();
        int failed = fail(operation, steps, whole, undoing);
        for (String points : undoing.values()) {
            killUndoing(operation, points, whole);
        }
        for (Map.Entry<String, String> points : starting.entrySet()) {
            killStarting(operation, points.getValue(), points.getKey(), whole);
        }
        Set<String> names = Stream.of(steps, starting.keySet(), undoing.keySet())
                .flatMap(Collection::stream)
                .map(StepWalk::name)
                .filter(name -> !name.matches(".*/(end|undo-.*)"))
                .collect(Collectors.toCollection(LinkedHashSet::new));
        return new Walked(operation, names, steps.size(), failed, undoing.size(), starting.size());
    }

    private void boot(Operation operation) {
        if (operation.needsReboot()) {
            lab.bash(operation.toPrepare()).ok();
            lab.reboot();
            failPoint.install();
        }
    }

    /// What is made once after a boot, such as podman's mount, is no trace of the operation.
    private void warmUp(Operation operation) {
        lab.bash(operation.toPrepare()).ok();
        assertThat(run(operation).status()).isZero();
    }

    /// @param starting gets the steps that the next start took and no start before, with the step that led to it
    private void kill(Operation operation, String step, Change whole, Map<String, String> starting) {
        boolean reached = false;
        for (int i = 0; i < MOST_TRIES && !reached; i++) {
            List<String> before = prepare(operation);
            int logged = restart("kill:" + step);
            int status = run(operation).status();
            reached = stepsFrom(logged).contains(step);
            if (reached) {
                assertThat(status).as(step).isEqualTo(1);
                awaitNoDaemon();
                assertThat(stepsFrom(logged)).as("the daemon dies there").last().isEqualTo(step);
            }
            int restarted = lab.log().length();
            assertLegal(step, before, whole);
            for (String next : stepsFrom(restarted)) {
                if (!next.contains("/end#") && elsewhere.add("start " + name(next))) {
                    starting.put(next, step);
                }
            }
        }
        assertThat(reached).as("the operation comes to " + step).isTrue();
    }

    /// @param undoing gets the steps that undo, with the points that have the daemon killed there
    private int fail(Operation operation, List<String> steps, Change whole, Map<String, String> undoing) {
        List<String> points =
                steps.stream().filter(step -> !step.contains("/end#")).toList();
        for (String step : points) {
            List<String> before = prepare(operation);
            int logged = restart("fail:" + step);
            Result result = run(operation);
            for (String undo : stepsFrom(logged)) {
                if (undo.contains("undo-") && !undo.contains("/end#") && elsewhere.add(name(undo))) {
                    undoing.put(undo, "fail:" + step + ",kill:" + undo);
                }
            }
            if (result.status() == 0) {
                assertThat(Change.between(before, state())).as(step).isEqualTo(whole);
                // A job whose end could not be written down ends with the next start, not with that of the next walk.
                stopDaemon();
            } else {
                assertThat(result.err()).as(step).contains("a test has " + name(step) + " fail");
                stopDaemon();
                assertLegal(step, before, whole);
            }
        }
        return points.size();
    }

    /// A program of the machine that fills the disk.
    static String filler(Lab lab) {
        return lab.inside(Path.of("src/test/resources/fill-disk"));
    }

    /// Fills the disk at each step of an operation.
    ///
    /// @return how many there were
    int fill(Operation operation) {
        boot(operation);
        warmUp(operation);
        List<String> before = prepare(operation);
        int logged = restart("trace");
        assertThat(run(operation).status()).isZero();
        List<String> steps = stepsOfOperation(logged).stream()
                .filter(step -> !step.contains("/end#"))
                .toList();
        Change whole = Change.between(before, state());
        for (String step : steps) {
            fill(operation, step, whole);
        }
        return steps.size();
    }

    private void fill(Operation operation, String step, Change whole) {
        List<String> before = prepare(operation);
        Result result = runOnFullDisk(operation, step);
        // The space is free when btrfs has committed that.
        lab.bash("rm -rf /full; btrfs filesystem sync /").ok();
        if (result.status() != 0) {
            assertThat(result.err()).as(step).contains("no space left");
        }
        stopDaemon();
        assertLegal(step, before, whole);
        if (Change.between(before, state()).equals(Change.NONE)) {
            assertThat(run(operation).status())
                    .as("with space again, after it was full at " + step)
                    .isZero();
        }
    }

    /// The daemon waits at the step until the disk is full. An operation that does not come to it is done again.
    private Result runOnFullDisk(Operation operation, String step) {
        for (int i = 0; i < MOST_TRIES; i++) {
            stopDaemon();
            failPoint.setWait(step);
            int logged = lab.log().length();
            CompletableFuture<Result> running =
                    CompletableFuture.supplyAsync(() -> run(operation), Thread::startVirtualThread);
            Await.until(step, () -> stepsFrom(logged).contains(step) || running.isDone());
            if (stepsFrom(logged).contains(step)) {
                lab.run(filler(lab), "/full").ok();
                assertThat(stepsFrom(logged)).last().isEqualTo(step);
                failPoint.goOn();
                return running.join();
            }
            prepare(operation);
        }
        throw new AssertionError(operation + " does not come to " + step);
    }

    private void killUndoing(Operation operation, String points, Change whole) {
        List<String> before = prepare(operation);
        restart(points);
        assertThat(run(operation).status()).as(points).isEqualTo(1);
        awaitNoDaemon();
        assertLegal(points, before, whole);
    }

    private void killStarting(Operation operation, String step, String next, Change whole) {
        boolean reached = false;
        for (int i = 0; i < MOST_TRIES && !reached; i++) {
            List<String> before = prepare(operation);
            restart("kill:" + step);
            assertThat(run(operation).status()).as(step).isEqualTo(1);
            awaitNoDaemon();
            failPoint.set("kill:" + next);
            int logged = lab.log().length();
            int status = lab.snap("status").status();
            reached = stepsFrom(logged).contains(next);
            if (reached) {
                assertThat(status).as("a start that is killed at " + next).isEqualTo(1);
                awaitNoDaemon();
            }
            assertLegal(step + " and then " + next, before, whole);
        }
        assertThat(reached)
                .as("killed at " + step + " a start comes to " + next)
                .isTrue();
    }

    /// The state is that before the operation or that after it, and what the service lists is what lies on the disk.
    private void assertLegal(String where, List<String> before, Change whole) {
        assertThat(lab.snap("status").ok()).as(where).endsWith("\njobs       none\n");
        assertThat(Change.between(before, state())).as(where).isIn(Change.NONE, whole);
        assertThat(machine.snapshots())
                .as(where)
                .containsExactlyInAnyOrderElementsOf(lab.bash("ls /var/lib/container-snap/roots 2>/dev/null || true")
                        .ok()
                        .lines()
                        .toList());
        assertThat(machine.images().stream().map(line -> line.replaceAll(",.*", "")))
                .as(where)
                .containsExactlyInAnyOrderElementsOf(imagesOnDisk());
    }

    private List<String> imagesOnDisk() {
        return lab.bash("cat /var/lib/container-snap/snapshots/btrfs-images/images.json 2>/dev/null || true")
                .ok()
                .transform(json -> Pattern.compile("\"id\":\"([0-9a-f]{64})\"").matcher(json))
                .results()
                .map(image -> image.group(1))
                .toList();
    }

    private Result run(Operation operation) {
        return lab.bash(operation.toRun(), registry.orElseThrow().image("tiny:1"));
    }

    /// Behind a daemon at work the store would not be taken away as a whole.
    private List<String> prepare(Operation operation) {
        if (operation == Operation.INIT) {
            stopDaemon();
        }
        lab.bash(operation.toPrepare()).ok();
        lab.snap("status").ok();
        return state();
    }

    private List<String> state() {
        return lab.bash(STATE).ok().lines().sorted().toList();
    }

    /// Ends the daemon; the next call starts one that is stopped where a test wants it.
    ///
    /// @return where the log goes on
    private int restart(String points) {
        stopDaemon();
        failPoint.set(points);
        return lab.log().length();
    }

    private void stopDaemon() {
        assertThat(lab.run("pkill", "-TERM", "-f", PROCESS).status()).isLessThan(2);
        awaitNoDaemon();
    }

    private void awaitNoDaemon() {
        Await.until(
                "the end of the daemon", () -> lab.run("pgrep", "-f", PROCESS).status() == 1);
    }

    private List<String> stepsFrom(int logged) {
        return steps(lab.log().substring(logged));
    }

    private List<String> stepsOfOperation(int logged) {
        String log = lab.log().substring(logged);
        MatchResult ready = READY.matcher(log).results().findFirst().orElseThrow();
        return steps(log.substring(ready.end()));
    }

    private static List<String> steps(String log) {
        return STEP.matcher(log).results().map(step -> step.group(1)).toList();
    }

    private static String name(String step) {
        return step.replaceAll("#.*", "");
    }
}
