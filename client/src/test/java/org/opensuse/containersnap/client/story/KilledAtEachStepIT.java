package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.story.StepWalk.Walked;

/// Every operation is stopped at each of its steps: killed there, made to fail there, killed while it undoes that, and
/// killed while the next start puts it in order. The steps are those that the daemon tells when the operation is run in
/// full, so a new one is walked by itself.
@Order(1)
class KilledAtEachStepIT {
    @RegisterExtension
    static final Lab lab = Lab.machine();

    @RegisterExtension
    static final Lab other = Lab.machine();

    private static final Map<Operation, CompletableFuture<Walked>> walks = new EnumMap<>(Operation.class);
    private static final List<StepWalk> steps = new ArrayList<>();
    private static final List<Walked> walked = new ArrayList<>();
    private static final List<ExecutorService> walkers = new ArrayList<>();

    /// Two machines share the work.
    @BeforeAll
    static void begin() {
        List<Operation> first = List.of(Operation.INIT, Operation.LOAD, Operation.DEPLOY);
        List<Operation> second = new ArrayList<>(List.of(Operation.values()));
        second.removeAll(first);
        Set<String> elsewhere = ConcurrentHashMap.newKeySet();
        begin(lab, elsewhere, first);
        begin(other, elsewhere, second);
    }

    private static void begin(Lab machine, Set<String> elsewhere, List<Operation> operations) {
        StepWalk walk = new StepWalk(machine, elsewhere);
        steps.add(walk);
        ExecutorService walker = Executors.newSingleThreadExecutor();
        walkers.add(walker);
        CompletableFuture<?> last = CompletableFuture.runAsync(walk::begin, walker);
        for (Operation operation : operations) {
            CompletableFuture<Walked> next = last.handleAsync((_, _) -> walk.walk(operation), walker);
            walks.put(operation, next);
            last = next;
        }
    }

    @AfterAll
    static void tell() {
        walkers.forEach(ExecutorService::shutdownNow);
        steps.forEach(StepWalk::close);
        walked.forEach(System.out::println);
        System.out.println("points in all: "
                + walked.stream()
                        .mapToInt(each -> each.killed() + each.failed() + each.killedUndoing() + each.killedStarting())
                        .sum());
    }

    @ParameterizedTest
    @EnumSource
    void whatIsStoppedAnywhereIsDoneOrNot(Operation operation) {
        Walked points = Objects.requireNonNull(walks.get(operation)).join();
        walked.add(points);

        assertThat(points.killed()).isGreaterThan(2);
    }

    @Test
    void theStepsAreThoseThatAreDocumented() throws IOException {
        Set<String> told = new TreeSet<>();
        walks.values().forEach(walk -> told.addAll(walk.join().steps()));
        Set<String> documented = new TreeSet<>();
        Pattern step = Pattern.compile("`([a-z-]+)`");
        for (String line : Files.readAllLines(Path.of("../daemon/README.md"))) {
            String[] cells = line.split(" \\| ", -1);
            if (line.matches("\\| `[a-z-]+` \\| `.*") && cells.length == 3) {
                String operation = cells[0].replaceAll("[|` ]", "");
                step.matcher(cells[1]).results().forEach(name -> documented.add(operation + "/" + name.group(1)));
            }
        }

        assertThat(told).isEqualTo(documented);
    }
}
