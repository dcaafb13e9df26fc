package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.SoakCaller.CHANGE;
import static org.opensuse.containersnap.client.story.SoakCaller.READ;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Person;
import org.opensuse.containersnap.client.lab.RegistryImage;
import org.opensuse.containersnap.client.story.SoakCaller.World;

/// Fifty connections of five users call the service for minutes; one floods it, others are killed in the middle. Each
/// gets the answers that it has to get, as soon as without the flood, and afterwards the service holds what it held
/// before.
@Isolated("it measures time")
class SoakIT {
    @RegisterExtension
    static final Lab lab = Lab.machine();

    /// `dev/test --soak` has it longer.
    private static final Duration LENGTH =
            Duration.ofSeconds(Long.parseLong(System.getenv().getOrDefault("CONTAINER_SNAP_SOAK_SECONDS", "120")));

    /// Part of it; then what is needed once is there, and as many jobs have ended as are kept.
    private static final Duration WARM_UP = Duration.ofSeconds(20);
    private static final Duration ROUND = Duration.ofSeconds(6);
    private static final Duration BETWEEN_KILLS = Duration.ofMillis(1500);
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(60);
    private static final int CONNECTIONS = 50;

    /// Answers to the flood a second, without which it was none.
    private static final int FLOOD_AT_LEAST = 10;

    private static final double MOST_TIMES_AS_LONG = 2.0;
    private static final double MOST_TIMES_AS_MUCH = 1.1;

    /// How many ended jobs the service keeps.
    private static final int KEPT_JOBS = 50;

    private static final String RULE = """
            polkit.addRule(function(action, subject) {
                if (action.id.indexOf("org.opensuse.containersnap1.") == 0) {
                    if (subject.user == "keeper") return polkit.Result.YES;
                    if (subject.user == "guest") return polkit.Result.NO;
                }
            });
            """;

    private static final Machine machine = new Machine(lab);
    private static Person keeper;
    private static Person guest;
    private static Person visitor;
    private static Person flooder;
    private static String image = "";
    private static final List<RegistryImage> images = new ArrayList<>();

    @BeforeAll
    static void fill() throws IOException, InterruptedException {
        keeper = Person.withoutSession(lab, "keeper");
        guest = Person.withoutSession(lab, "guest");
        visitor = Person.withoutSession(lab, "visitor");
        flooder = Person.withoutSession(lab, "flooder");
        new Polkit(lab).addRules("48-soak.rules", RULE);
        image = machine.pull("tiny:1");
        machine.switchTo(image);
        RegistryImage tiny = RegistryImage.read(lab.registry(), "tiny", "1");
        for (int i = 0; i < 7; i++) {
            RegistryImage sibling = tiny.sibling("soak" + i).push();
            images.add(sibling);
            lab.run("skopeo", "copy", "-q", "--src-tls-verify=false", "docker://" + sibling.reference(), archive(i))
                    .ok();
        }
    }

    private static String archive(int number) {
        return "oci-archive:/tmp/soak" + number + ".tar";
    }

    @Test
    void fiftyConnectionsForMinutes() throws InterruptedException {
        Daemon daemon = Daemon.of(lab);
        World world = new World(lab, image, new Latencies());
        long seed = Long.getLong("container-snap.seed", System.nanoTime());
        System.out.println("fifty connections for " + LENGTH.toSeconds() + " s, -Dcontainer-snap.seed=" + seed);

        load(world, seed, WARM_UP);
        Holdings before = atRest(daemon);
        world.latencies().clear();
        long floods = load(world, seed + 1, LENGTH.minus(WARM_UP));
        Holdings after = atRest(daemon);

        System.out.printf(
                "  %s%n  %s%n  %d answers to others, %d to the flood, %d snapshots made, %d killed, %d wrong answers%n"
                        + "  held before %s%n  held after  %s%n",
                world.latencies().line(READ),
                world.latencies().line(CHANGE),
                world.answers().get(),
                floods,
                world.made().size(),
                world.killed().get(),
                world.wrong().size(),
                before,
                after);
        assertThat(world.wrong()).as("wrong answers").isEmpty();
        assertThat(Daemon.of(lab).name()).isEqualTo(daemon.name());
        assertThat(lab.log().lines()).noneMatch(line -> line.matches("<[0-3]>.*|.*(Exception|nternal error).*"));
        assertThat(after.moreThan(before, KEPT_JOBS))
                .as("what it holds now and did not before")
                .isEmpty();
        assertThat(after.endedJobs()).isLessThanOrEqualTo(KEPT_JOBS);
        assertThat((double) after.liveBytes()).isLessThanOrEqualTo(MOST_TIMES_AS_MUCH * before.liveBytes());
        assertThat(floods).isGreaterThan(FLOOD_AT_LEAST * LENGTH.toSeconds());
        assertThat(world.latencies().timesAsLong(READ)).isLessThanOrEqualTo(MOST_TIMES_AS_LONG);
        assertThat(world.latencies().timesAsLong(CHANGE)).isLessThanOrEqualTo(MOST_TIMES_AS_LONG);
    }

    /// Has them all call for a while, every other round with a flood.
    ///
    /// @return answers to the flood
    private static long load(World world, long seed, Duration length) throws InterruptedException {
        List<SoakCaller> callers = callers(world, seed);
        assertThat(callers).hasSize(CONNECTIONS - 1);
        List<Thread> threads = callers.stream()
                .map(caller -> Thread.ofPlatform().name(caller.toString()).start(caller))
                .toList();
        Random random = new Random(seed);
        Instant end = Instant.now().plus(length);
        long floods = 0;
        while (Instant.now().isBefore(end)) {
            round(world, callers, random);
            SoakFlood flood = SoakFlood.begin(flooder);
            round(world, callers, random);
            floods += flood.end();
        }
        stop(callers, threads);
        return floods;
    }

    private static void round(World world, List<SoakCaller> callers, Random random) {
        world.latencies().beginRound();
        killSome(callers, random, Instant.now().plus(ROUND));
        world.latencies().endRound();
    }

    private static void killSome(List<SoakCaller> callers, Random random, Instant end) {
        List<SoakCaller> mortals = callers.stream().filter(SoakCaller::mortal).toList();
        while (Instant.now().isBefore(end)) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(BETWEEN_KILLS.toMillis()));
            mortals.get(random.nextInt(mortals.size())).kill();
        }
    }

    private static void stop(List<SoakCaller> callers, List<Thread> threads) throws InterruptedException {
        threads.forEach(Thread::interrupt);
        for (int i = 0; i < threads.size(); i++) {
            assertThat(threads.get(i).join(LONGEST_ANSWER))
                    .as("answer to %s, %s", callers.get(i), callers.get(i).now())
                    .isTrue();
        }
    }

    private static List<SoakCaller> callers(World world, long seed) {
        Person root = Person.root(lab);
        List<SoakCaller> callers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            callers.add(new SoakBringer(world, root, seed + i, images.get(i), archive(i)));
            callers.add(new SoakBringer(world, keeper, seed + i, images.get(2 + i), archive(2 + i)));
        }
        callers.add(new SoakSwitcher(world, root, seed));
        callers.add(vanisher(world, root, seed, 4));
        callers.add(vanisher(world, keeper, seed, 5));
        callers.add(vanisher(world, guest, seed, 6));
        for (int i = 0; i < 5; i++) {
            callers.add(new SoakMaker(world, root, seed + 10 + i));
            callers.add(new SoakMaker(world, keeper, seed + 20 + i));
        }
        for (int i = 0; i < 5; i++) {
            callers.add(new SoakReader(world, root, seed + 30 + i, ""));
            callers.add(new SoakReader(world, keeper, seed + 40 + i, ""));
        }
        for (int i = 0; callers.size() < CONNECTIONS - 1; i++) {
            callers.add(
                    i % 2 == 0
                            ? new SoakReader(world, guest, seed + 50 + i, "AccessDenied")
                            : new SoakReader(world, visitor, seed + 50 + i, "InteractiveAuthorizationRequired"));
        }
        return callers;
    }

    private static SoakCaller vanisher(World world, Person person, long seed, int number) {
        RegistryImage own = images.get(number);
        return new SoakVanisher(world, person, seed, own.reference(), own.id());
    }

    /// What the service holds when everything that was made has been deleted.
    private static Holdings atRest(Daemon daemon) {
        Holdings.awaitEndOfJobs(lab);
        for (String id : machine.snapshots()) {
            if (!id.equals(image)) {
                lab.snap("delete", "--id", id).status();
            }
        }
        assertThat(machine.snapshots()).containsExactly(image);
        return Holdings.of(daemon);
    }
}
