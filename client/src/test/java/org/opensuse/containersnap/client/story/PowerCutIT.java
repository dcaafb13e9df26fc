package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.ROOTS;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.DiskCopy;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.RegistryImage;
import org.opensuse.containersnap.client.story.MixedRun.Source;

/// The power goes at any moment while many change things, and the service is killed now and then.
class PowerCutIT {
    @RegisterExtension
    final Lab lab = Lab.machineWithDiskToCopy();

    private static final int MOMENTS = 200;
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(300);
    private static final int CALLERS = 4;
    private static final int KILLS = 6;

    /// How many machines are started from copies in which something was half done, and from others.
    private static final int BOOTS_HALF_DONE = 15;

    private static final int BOOTS_AT_REST = 2;
    private static final int READERS = 2;

    /// What may go wrong when many do what they like, and the service is killed. A pull or load may miss a layer that a
    /// deletion took away while it was on.
    private static final Set<String> EXPECTED = Set.of(
            "Busy",
            "Cancelled",
            "Interrupted",
            "LoadFailed",
            "NoSuchImage",
            "NoSuchSnapshot",
            "PullFailed",
            "SnapshotInUse");

    private static final int BIG = 2 << 20;

    private final long seed = Long.getLong("powerCut.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final Machine machine = new Machine(lab);
    private final Map<String, String> prints = new HashMap<>();

    /// @param from when the disk was copied, at the earliest, by [System#nanoTime]
    /// @param to at the latest
    private record Moment(int number, DiskCopy copy, long from, long to) {}

    /// @param wrong what it shows and should not
    private record Finding(Moment moment, DiskFacts facts, List<String> wrong) {
        boolean halfDone() {
            return !facts.wrong().isEmpty();
        }
    }

    @Test
    void whateverWasToldIsThereAndWhatIsThereIsWhole() throws Exception {
        System.out.println("PowerCutIT: -DpowerCut.seed=" + seed + " makes the same choices");
        List<Source> sources = sources();
        Ledger ledger = new Ledger(prints, "@");

        long begin = System.nanoTime();
        List<Moment> moments;
        try (MixedRun run = new MixedRun(lab, ledger, sources)) {
            run.start(CALLERS, random);
            moments = cutThePower(run);
        }
        long copied = System.nanoTime();
        List<Finding> findings = read(moments, ledger);
        long read = System.nanoTime();
        List<String> afterStart = boot(findings, ledger);

        System.out.printf(
                "PowerCutIT: %d copies in %d s, read in %d s, of which %d show something half done; %s%n",
                moments.size(),
                Duration.ofNanos(copied - begin).toSeconds(),
                Duration.ofNanos(read - copied).toSeconds(),
                findings.stream().filter(Finding::halfDone).count(),
                ledger.count());
        assertThat(findings.stream().flatMap(finding -> finding.wrong().stream()))
                .as("with -DpowerCut.seed=" + seed)
                .isEmpty();
        assertThat(afterStart).as("with -DpowerCut.seed=" + seed).isEmpty();
        assertThat(findings).anyMatch(Finding::halfDone);
        assertThat(ledger.refusals().keySet()).as(ledger.refusals().toString()).isSubsetOf(EXPECTED);
        assertAllCanBePulledAgain(sources);
    }

    private void assertAllCanBePulledAgain(List<Source> sources) {
        for (Source source : sources) {
            if (source.method().equals("Pull")) {
                assertThat(lab.snap("pull", source.argument()).status()).isZero();
            }
        }
        DiskFacts facts = DiskFacts.of(lab);
        assertThat(facts.images()).isEqualTo(prints);
        assertThat(facts.brokenImages()).isEmpty();
        assertThat(facts.wrong()).isEmpty();
    }

    /// Three images of different files, by registry and by archive.
    private List<Source> sources() throws Exception {
        RegistryImage tiny = RegistryImage.read(lab.registry(), "tiny", "1");
        RegistryImage small = tiny.over("small", "marker", new byte[] {1}).push();
        byte[] noise = new byte[BIG];
        random.nextBytes(noise);
        RegistryImage big = tiny.over("big", "noise", noise).push();
        String archive = lab.inside(lab.scratch().resolve("big.tar"));
        lab.run(
                        "skopeo",
                        "copy",
                        "-q",
                        "--src-tls-verify=false",
                        "docker://" + big.reference(),
                        "oci-archive:" + archive)
                .ok();
        List<Source> sources = new ArrayList<>();
        for (RegistryImage image : List.of(tiny, small, big)) {
            String id = machine.pull("tiny:" + image.tag());
            prints.put(id, DiskFacts.fingerprint(lab, id));
            assertThat(lab.run("test", "-e", ROOTS + id + "/usr/sbin/init").status())
                    .isZero();
            sources.add(new Source(id, "Pull", image.reference()));
        }
        sources.add(new Source(big.id(), "Load", "oci-archive:" + archive));
        return sources;
    }

    private List<Moment> cutThePower(MixedRun run) {
        List<Integer> kills = random.ints(KILLS, 0, MOMENTS).boxed().toList();
        List<Moment> moments = new ArrayList<>();
        try (PowerCutter cutter = new PowerCutter(lab)) {
            for (int i = 0; i < MOMENTS; i++) {
                LockSupport.parkNanos(random.nextLong(LONGEST_PAUSE.toNanos()));
                if (kills.contains(i)) {
                    run.kill();
                }
                DiskCopy copy = lab.placeForCopy();
                long from = System.nanoTime();
                cutter.copy(copy);
                moments.add(new Moment(i, copy, from, System.nanoTime()));
            }
        }
        return moments;
    }

    private static List<Finding> read(List<Moment> moments, Ledger ledger) throws Exception {
        return atOnce(moments.stream()
                .<Callable<Finding>>map(moment -> () -> {
                    DiskFacts facts = DiskFacts.of(moment.copy());
                    List<String> wrong = ledger.wrong(facts, moment.from(), moment.to()).stream()
                            .map(line -> "copy " + moment.number() + ": " + line)
                            .toList();
                    return new Finding(moment, facts, wrong);
                })
                .toList());
    }

    /// Starts machines from some of the copies.
    private List<String> boot(List<Finding> findings, Ledger ledger) throws Exception {
        List<Finding> shuffled = new ArrayList<>(findings);
        Collections.shuffle(shuffled, random);
        Stream<Finding> halfDone = shuffled.stream().filter(Finding::halfDone).limit(BOOTS_HALF_DONE);
        Stream<Finding> atRest =
                shuffled.stream().filter(finding -> !finding.halfDone()).limit(BOOTS_AT_REST);
        return atOnce(Stream.concat(halfDone, atRest)
                        .<Callable<List<String>>>map(finding -> () -> boot(finding, ledger))
                        .toList())
                .stream()
                .flatMap(List::stream)
                .toList();
    }

    private static <T> List<T> atOnce(List<Callable<T>> work) throws Exception {
        List<T> done = new ArrayList<>();
        try (ExecutorService readers = Executors.newFixedThreadPool(READERS)) {
            for (Future<T> each : readers.invokeAll(work)) {
                done.add(each.get());
            }
        }
        return done;
    }

    /// Starts a machine from a copy. Its service has completed or taken away whatever was half done, and can go on.
    private static List<String> boot(Finding finding, Ledger ledger) throws IOException {
        Moment moment = finding.moment();
        DiskFacts before = finding.facts();
        try (Lab booted = moment.copy().boot()) {
            Machine started = new Machine(booted);
            Await.until("the service", () -> booted.snap("status").status() == 0);
            DiskFacts facts = DiskFacts.of(booted);
            List<String> found = new ArrayList<>(ledger.wrongAfterStart(before, facts, moment.from(), moment.to()));
            expect(found, "snapshots", started.snapshots(), facts.roots().keySet());
            expect(found, "images", started.images(), facts.images().keySet());
            if (before.roots().containsKey(before.nextSnapshot())) {
                expect(found, "booted", List.of(booted.snap("get-current").line()), List.of(before.nextSnapshot()));
            }
            for (String base : facts.roots().keySet()) {
                String made = started.create(base);
                if (before.roots().containsKey(made)) {
                    found.add(made + " was made again");
                }
            }
            return found.stream()
                    .map(line -> "copy " + moment.number() + ", booted: " + line + "; before it was " + before + "; "
                            + booted.log())
                    .toList();
        }
    }

    private static void expect(
            List<String> found, String what, Collection<String> actual, Collection<String> expected) {
        if (!actual.stream().sorted().toList().equals(expected.stream().sorted().toList())) {
            found.add(what + " " + actual + " and not " + expected);
        }
    }
}
