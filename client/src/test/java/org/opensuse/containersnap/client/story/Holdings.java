package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.RawBus;
import org.opensuse.containersnap.client.lab.RawMessage;

/// What the service holds when nobody calls it.
///
/// @param threads by their names
/// @param matchRules that it has on the bus
/// @param objects paths of what it shows, without jobs
/// @param endedJobs that it shows
/// @param instances of its own classes
/// @param liveBytes of all its objects, after a garbage collection
/// @param residentKib memory of the process
record Holdings(
        Map<String, Long> threads,
        Map<String, Long> files,
        long matchRules,
        List<String> objects,
        long endedJobs,
        Map<String, Long> instances,
        long liveBytes,
        long residentKib) {
    /// Threads of its calls and jobs, which end when there is no more work for them.
    private static final Pattern OF_WORK = Pattern.compile("(call|job)-\\d+");

    /// Threads of the JVM, of which it has as many as it needs, and of jcmd.
    private static final Pattern OF_JVM = Pattern.compile("process reaper|ForkJoinPool.*-worker.*|Attach Listener");

    private static final Pattern THREAD = Pattern.compile("(?m)^\"([^\"]+)\"");
    private static final Pattern OWN_CLASS = Pattern.compile("(?m)^ *\\d+: +(\\d+) +\\d+ +(org\\.opensuse\\S+)");

    /// Garbage that the collector let lie, which would be more work to move than it is worth.
    private static final Pattern FILLER =
            Pattern.compile("(?m)^ *\\d+: +\\d+ +(\\d+) +\\[Ljdk\\.internal\\.vm\\.FillerElement;");

    private static final Pattern TOTAL = Pattern.compile("(?m)^Total +\\d+ +(\\d+)");

    /// Waits until nothing is at work, and looks.
    static Holdings of(Daemon daemon) {
        Await.until(
                "the end of the threads of calls and jobs",
                () -> threads(daemon).noneMatch(name -> OF_WORK.matcher(name).matches()));
        String histogram = jcmd(daemon, "GC.class_histogram");
        try (RawBus bus = RawBus.asRoot(daemon.lab())) {
            return new Holdings(
                    counted(threads(daemon)
                            .filter(name -> !OF_WORK.matcher(name).matches())
                            .filter(name -> !OF_JVM.matcher(name).matches())),
                    daemon.files(),
                    matchRules(bus),
                    objects(bus),
                    jobs(bus).size(),
                    instances(histogram),
                    liveBytes(histogram),
                    residentKib(daemon));
        }
    }

    /// Waits until no job runs.
    static void awaitEndOfJobs(Lab lab) {
        try (RawBus bus = RawBus.asRoot(lab)) {
            Await.until("the end of all jobs", () -> jobs(bus).stream().noneMatch(end -> end == 0));
        }
    }

    /// What of it was not there before, or not so much of it. Memory is not looked at.
    ///
    /// @param kept how many more instances of a class there may be
    List<String> moreThan(Holdings before, long kept) {
        List<String> more = new ArrayList<>(more(threads, before.threads, 0));
        more.addAll(more(files, before.files, 0));
        more.addAll(more(instances, before.instances, kept));
        more.addAll(more(Map.of("match rules", matchRules), Map.of("match rules", before.matchRules), 0));
        objects.stream().filter(path -> !before.objects.contains(path)).forEach(more::add);
        return more;
    }

    private static List<String> more(Map<String, Long> now, Map<String, Long> before, long kept) {
        return now.entrySet().stream()
                .filter(entry -> entry.getValue() > before.getOrDefault(entry.getKey(), 0L) + kept)
                .map(entry ->
                        entry.getKey() + ": " + entry.getValue() + ", was " + before.getOrDefault(entry.getKey(), 0L))
                .toList();
    }

    @Override
    public String toString() {
        return "%d B live, %d KiB resident, %d threads, %d files, %d match rules, %d objects, %d ended jobs"
                .formatted(liveBytes, residentKib, sum(threads), sum(files), matchRules, objects.size(), endedJobs);
    }

    private static long sum(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    private static Stream<String> threads(Daemon daemon) {
        return THREAD.matcher(jcmd(daemon, "Thread.print")).results().map(thread -> thread.group(1));
    }

    private static Map<String, Long> counted(Stream<String> names) {
        return names.collect(Collectors.groupingBy(name -> name, TreeMap::new, Collectors.counting()));
    }

    private static Map<String, Long> instances(String histogram) {
        return OWN_CLASS
                .matcher(histogram)
                .results()
                .collect(Collectors.toMap(
                        row -> row.group(2), row -> Long.parseLong(row.group(1)), Long::sum, TreeMap::new));
    }

    private static long liveBytes(String histogram) {
        Matcher total = TOTAL.matcher(histogram);
        assertThat(total.find()).as(histogram).isTrue();
        Matcher filler = FILLER.matcher(histogram);
        return Long.parseLong(total.group(1)) - (filler.find() ? Long.parseLong(filler.group(1)) : 0);
    }

    private static long residentKib(Daemon daemon) {
        return Long.parseLong(daemon.lab()
                .bash("sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p' \"/proc/$1/status\"", daemon.pid())
                .line());
    }

    private static long matchRules(RawBus bus) {
        String dbus = "org.freedesktop.DBus";
        RawMessage call = RawMessage.call(dbus, "/org/freedesktop/DBus", dbus + ".Debug.Stats", "GetConnectionStats")
                .arguments("s", Machine.BUS_NAME);
        Map<?, ?> stats = (Map<?, ?>) bus.call(call).arguments().getFirst();
        return Long.parseLong(String.valueOf(stats.get("MatchRules")));
    }

    private static List<String> objects(RawBus bus) {
        Map<?, ?> managed = (Map<?, ?>) bus.call(HostileMessages.call("ObjectManager", "GetManagedObjects"))
                .arguments()
                .getFirst();
        return managed.keySet().stream()
                .map(String::valueOf)
                .filter(path -> !path.startsWith(Machine.TOP + "/job/"))
                .toList();
    }

    /// When the jobs ended, 0 for those that run.
    private static List<Long> jobs(RawBus bus) {
        List<?> rows = (List<?>) bus.call(HostileMessages.manager("ListJobs").arguments("a{sv}", Map.of()))
                .arguments()
                .getFirst();
        return rows.stream()
                .map(row -> (Long) ((Map<?, ?>) ((List<?>) row).getLast()).get("EndTime"))
                .toList();
    }

    /// The JDK of the test is that of the daemon, or a newer one.
    private static String jcmd(Daemon daemon, String command) {
        Lab lab = daemon.lab();
        Path program = Path.of(System.getProperty("java.home"), "bin/jcmd");
        return lab.run(lab.inside(program), daemon.pid(), command).ok();
    }
}
