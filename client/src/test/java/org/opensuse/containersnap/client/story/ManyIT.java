package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.ROOTS;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;
import org.opensuse.containersnap.client.lab.Lab;

/// Many callers at once each get what they asked for.
@Isolated("it measures time")
class ManyIT {
    private static final int CALLERS = 50;

    @RegisterExtension
    final Lab lab = Lab.machine();

    private final Machine machine = new Machine(lab);

    @Test
    void fiftySnapshotsOfOneBaseAtOnceAreFiftySnapshots() throws Exception {
        String image = machine.pull("tiny:1");
        lab.bash("echo of the base > \"$1/etc/motd\"", ROOTS + image).ok();
        String base = machine.fingerprint(ROOTS + image);

        List<String> made = atOnce(() -> machine.create(image));

        List<String> expected = IntStream.rangeClosed(1, CALLERS)
                .mapToObj(number -> image + "-work" + number)
                .toList();
        assertThat(made).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(machine.snapshots()).contains(image).containsAll(expected).hasSize(CALLERS + 1);
        assertThat(made)
                .allSatisfy(snapshot ->
                        assertThat(machine.fingerprint(ROOTS + snapshot)).isEqualTo(base));
        assertThat(lab.bash("btrfs subvolume list -o / | grep -c /roots/.*/ || true")
                        .line())
                .as("snapshots inside snapshots")
                .isEqualTo("0");
        assertThat(machine.create(image)).isEqualTo(image + "-work" + (CALLERS + 1));
    }

    @Test
    void fiftyDeletionsOfOneSnapshotAtOnceDeleteItOnce() throws Exception {
        String image = machine.pull("tiny:1");
        String work = machine.create(image);

        List<String> ended = atOnce(() -> {
            Lab.Result result = lab.snap("delete", "--id", work);
            return result.status() == 0 ? "deleted" : result.err().replaceFirst("^container-snap: ", "");
        });

        assertThat(ended).containsOnlyOnce("deleted");
        assertThat(ended)
                .filteredOn(end -> !end.equals("deleted"))
                .allMatch(end -> end.startsWith("there is no snapshot " + work));
        assertThat(machine.snapshots()).containsExactly(image);
    }

    private interface Call {
        String make();
    }

    /// Makes the call as often as there are callers, all held back until the last of them is there.
    private static List<String> atOnce(Call call) throws Exception {
        List<String> results = new ArrayList<>();
        CountDownLatch allThere = new CountDownLatch(CALLERS);
        try (ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
            List<Future<String>> futures = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                futures.add(callers.submit(() -> {
                    allThere.countDown();
                    allThere.await();
                    return call.make();
                }));
            }
            for (Future<String> future : futures) {
                results.add(future.get());
            }
        }
        return results;
    }
}
