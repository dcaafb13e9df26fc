package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.ROOTS;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.client.lab.Lab;

/// Someone makes room: sees what is old and what it takes, and deletes that and nothing else.
class PruneIT {
    private static final long MIB = 1 << 20;

    @RegisterExtension
    final Lab lab = Lab.machine();

    private final Machine machine = new Machine(lab);

    /// What would go, and what it frees.
    private record Planned(String id, long bytes) {}

    private List<Planned> plan(String... options) {
        String json = lab.snap(words(options, "prune", "--dry-run", "--json")).ok();
        List<String> ids = found(json, "\"snapshot\": \"([^\"]*)\"");
        List<String> bytes = found(json, "\"bytes\": (\\d+)");
        assertThat(bytes).hasSameSizeAs(ids);
        List<Planned> plan = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            plan.add(new Planned(ids.get(i), Long.parseLong(bytes.get(i))));
        }
        return plan;
    }

    private static List<String> ids(List<Planned> plan) {
        return plan.stream().map(Planned::id).toList();
    }

    private List<String> prune(String... options) {
        return lab.snap(words(options, "prune")).out().lines().toList();
    }

    private static String[] words(String[] options, String... before) {
        return Stream.concat(Stream.of(before), Stream.of(options)).toArray(String[]::new);
    }

    private static List<String> found(String text, String pattern) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    /// Random bytes, which no compression makes smaller.
    private void fill(String snapshot, String name, int mebibytes) {
        lab.bash(
                        "head -c \"$2\" /dev/urandom >\"$1\" && btrfs filesystem sync /",
                        ROOTS + snapshot + "/" + name,
                        Long.toString(mebibytes * MIB))
                .ok();
    }

    /// The bytes of data in use on the disk, when the space of what was deleted is back.
    private long used() {
        return Long.parseLong(lab.bash("btrfs subvolume sync / >/dev/null; btrfs filesystem sync /; "
                        + "btrfs filesystem df -b / | sed -n 's/^Data.*used=//p'")
                .line());
    }

    @Test
    void aDryRunTellsWhatGoesAndWhatThatFreesAndThenItDoes() {
        String image = machine.pull("bootable:1");
        String first = machine.create(image);
        fill(first, "of-first", 5);
        String second = machine.create(first);
        fill(second, "of-second", 7);
        lab.run("rm", ROOTS + second + "/of-first").ok();
        String third = machine.create(second);
        long before = used();

        List<Planned> plan = plan("--keep-last", "1", "--keep-days", "0");

        assertThat(ids(plan)).containsExactly(first, second);
        assertThat(plan.get(0).bytes()).isBetween(5 * MIB, 6 * MIB);
        assertThat(plan.get(1).bytes()).as("what the third shares").isLessThan(MIB);
        assertThat(lab.snap("prune", "--dry-run", "--keep-last", "1", "--keep-days", "0")
                        .ok())
                .matches(first + "  5\\.\\d MiB\n" + second + "  .* [KM]?i?B\n");
        assertThat(machine.snapshots()).containsExactly(image, first, second, third);
        assertThat(prune("--keep-last", "1", "--keep-days", "0")).containsExactly(first, second);
        assertThat(machine.snapshots()).containsExactly(image, third);
        assertThat(before - used()).isBetween(5 * MIB, 7 * MIB);

        List<Planned> rest = plan("--keep-last", "0", "--keep-days", "0");
        assertThat(ids(rest)).containsExactly(third, image);
        long told = rest.stream().mapToLong(Planned::bytes).sum();
        long full = used();
        assertThat(prune("--keep-last", "0", "--keep-days", "0")).containsExactly(third, image);
        assertThat(machine.images()).isEmpty();
        assertThat(machine.snapshots()).isEmpty();
        assertThat(told).as("the image and its layers go").isCloseTo(full - used(), Offset.offset(MIB));
        assertThat(prune("--keep-last", "0", "--keep-days", "0")).isEmpty();
    }

    @Test
    void withoutOptionsTheLastThreeAndTheYoungStay() {
        String image = machine.pull("tiny:1");
        for (int i = 0; i < 5; i++) {
            machine.create(image);
        }
        assertThat(plan()).isEmpty();
        assertThat(prune()).isEmpty();

        assertThat(prune("--keep-days", "0")).containsExactly(image + "-work1", image + "-work2");
        assertThat(prune("--keep-days", "0")).isEmpty();
        assertThat(machine.snapshots()).hasSize(4).contains(image);
    }

    @Test
    void aGoalForFreeSpaceDeletesNoMoreThanThat() {
        String image = machine.pull("tiny:1");
        List<String> works = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            works.add(machine.create(image));
            fill(works.getLast(), "file", 16);
        }
        assertThat(plan("--keep-last", "0", "--keep-days", "0", "--free", "1M")).isEmpty();
        long free = Long.parseLong(lab.bash("stat -f -c '%a %S' / | { read -r a s; echo $((a * s)); }")
                .line());
        String goal = Long.toString(free + 24 * MIB);

        assertThat(ids(plan("--keep-last", "0", "--keep-days", "0", "--free", goal)))
                .containsExactlyElementsOf(works.subList(0, 2));
        assertThat(ids(plan("--keep-last", "3", "--keep-days", "0", "--free", goal)))
                .as("what is kept is kept")
                .containsExactly(works.getFirst());
        assertThat(prune("--keep-last", "0", "--keep-days", "0", "--free", goal))
                .containsExactlyElementsOf(works.subList(0, 2));
        assertThat(prune("--keep-last", "0", "--keep-days", "0", "--free", goal))
                .isEmpty();
    }

    @Test
    void whatIsInUseStays() {
        String image = machine.pull("tiny:1");
        String mounted = machine.create(image);
        String nested = machine.create(image);
        String free = machine.create(image);
        lab.bash("mkdir \"$1/mnt\" && mount -t tmpfs tmpfs \"$1/mnt\"", ROOTS + mounted)
                .ok();
        lab.run("btrfs", "-q", "subvolume", "create", ROOTS + nested + "/inside")
                .ok();
        String ofContainer =
                machine.podman("pull", "--quiet", lab.image("relabel:1")).line();
        machine.podman("create", "--name", "user", ofContainer, "/bin/true").ok();

        assertThat(prune("--keep-last", "0", "--keep-days", "0")).containsExactly(free);

        assertThat(machine.snapshots()).containsExactlyInAnyOrder(image, mounted, nested, ofContainer);
        lab.run("umount", ROOTS + mounted + "/mnt").ok();
    }

    /// One deletion is held up until somebody has cancelled the job.
    @Test
    void aCancelIsHeardBetweenTwoDeletions() {
        String image = machine.pull("tiny:1");
        machine.create(image);
        String second = machine.create(image);
        Bus bus = new Bus(lab);
        lab.bash("""
                        mv /usr/libexec/container-snap/container-snapd{,.real}
                        cat >/usr/libexec/container-snap/container-snapd <<'END'
                        #!/bin/sh
                        CONTAINER_SNAPD_FAIL_POINT=delay=60000:delete-snapshot/subvolume exec "$0.real"
                        END
                        chmod 755 /usr/libexec/container-snap/container-snapd
                        pkill -TERM -f containersnap.daemon.Main
                        """).ok();
        Await.until("the end of the daemon", () -> !bus.serviceRuns());
        Bus.Job running = bus.job(bus.manager("Prune", "{'keep_last': <uint64 0>, 'keep_days': <uint64 0>}"));
        Await.until("the first deletion", () -> lab.log().contains("step=delete-snapshot/subvolume#1"));

        running.cancel();
        lab.run("touch", "/run/lab/go-on").ok();

        assertThat(running.end()).isEqualTo("cancelled");
        assertThat(running.get("ErrorMessage")).contains("what it had deleted is gone, the rest is kept");
        assertThat(machine.snapshots()).containsExactly(image, second);
    }

    /// Whatever was done before: what must stay stays, what was shown is what goes, and then there is no more to do.
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void afterAnyHistoryThePlanIsRightAndIsDone(long seed) {
        Random random = new Random(seed);
        List<String> images = List.of(machine.pull("tiny:1"), machine.pull("relabel:1"));
        Set<String> pinned = new HashSet<>();
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < 8; i++) {
                something(random, images, pinned);
            }
            if (round == 1) {
                lab.reboot();
            }
            int last = random.nextInt(4);
            assertPruned(last, pinned);
        }
    }

    private void something(Random random, List<String> images, Set<String> pinned) {
        List<String> there = machine.snapshots();
        if (there.isEmpty() || random.nextInt(12) == 0) {
            machine.pull(random.nextBoolean() ? "tiny:1" : "relabel:1");
            return;
        }
        String one = there.get(random.nextInt(there.size()));
        switch (random.nextInt(8)) {
            case 0, 1, 2, 3 -> machine.create(one);
            case 4, 5 -> machine.switchTo(one);
            case 6 -> lab.snap("rollback");
            default -> {
                String verb = pinned.add(one) || !pinned.remove(one) ? "pin" : "unpin";
                lab.snap(verb, one).ok();
            }
        }
        assertThat(images).hasSize(2);
    }

    private void assertPruned(int last, Set<String> pinned) {
        List<String> before = machine.snapshots();
        Set<String> mustStay = new HashSet<>(pinned);
        for (String property : List.of("BootedSnapshot", "DefaultSnapshot", "RollbackSnapshot")) {
            mustStay.add(machine.property("", "Manager", property).replaceAll("^s |\"", ""));
        }
        List<String> works = before.stream().filter(id -> id.contains("-")).toList();
        mustStay.addAll(works.subList(Math.max(0, works.size() - last), works.size()));
        mustStay.retainAll(before);
        List.copyOf(mustStay).forEach(id -> mustStay.add(id.replaceFirst("-.*", "")));
        String[] options = {"--keep-days", "0", "--keep-last", Integer.toString(last)};

        List<String> plan = ids(plan(options));
        List<String> gone = prune(options);

        List<String> left = new ArrayList<>(before);
        left.removeAll(gone);
        assertThat(gone).isEqualTo(plan);
        assertThat(machine.snapshots()).isEqualTo(left);
        mustStay.retainAll(before);
        assertThat(left).containsExactlyInAnyOrderElementsOf(mustStay);
        assertThat(plan(options)).isEmpty();
        assertThat(prune(options)).isEmpty();
        assertThat(machine.snapshots()).isEqualTo(left);
    }
}
