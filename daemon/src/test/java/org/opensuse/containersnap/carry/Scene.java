package org.opensuse.containersnap.carry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.opensuse.containersnap.lab.Tool;
import org.opensuse.containersnap.snapshot.Failure;

/// The roots of a running system, of the image that it came from and of a new one, beside something that belongs to
/// neither.
final class Scene {
    private static final AtomicInteger count = new AtomicInteger();

    private final Path directory;
    private boolean withBase = true;

    Scene(Path parent) throws IOException {
        directory = Files.createDirectory(parent.resolve("scene" + count.incrementAndGet()));
        for (String root : List.of("base", "running", "image", "outside")) {
            Files.createDirectory(directory.resolve(root));
        }
        Files.writeString(outside().resolve("secret"), "secret");
    }

    Scene withEtc(String base, String running, String image) throws IOException {
        etc(base(), base);
        etc(running(), running);
        etc(image(), image);
        return this;
    }

    private static void etc(Path root, String line) throws IOException {
        Sketch.draw(Files.createDirectories(root.resolve("etc")), line);
    }

    Scene withoutBase() {
        withBase = false;
        return this;
    }

    Path base() {
        return directory.resolve("base");
    }

    Path running() {
        return directory.resolve("running");
    }

    Path image() {
        return directory.resolve("image");
    }

    Path outside() {
        return directory.resolve("outside");
    }

    String etc() throws IOException {
        return Sketch.of(image().resolve("etc"));
    }

    /// Adds a file of rules to the running system.
    Scene withRules(String lines) throws IOException {
        Path rules = Files.createDirectories(running().resolve("usr/lib/container-snap/carry-over.d"));
        Files.writeString(rules.resolve("10-test.conf"), lines);
        return this;
    }

    Plan plan() throws Failure, InterruptedException {
        CarryOver carryOver = new CarryOver(_ -> {});
        return carryOver.plan(
                new Roots(running(), withBase ? Optional.of(base()) : Optional.empty(), image()),
                carryOver.rules(running()));
    }

    /// Carries over, and checks what must hold of each time: a plan alone changes nothing, what is done is the plan,
    /// nothing but the new root is changed, doing it again changes nothing, it is durable once at the end.
    List<Entry> carryOver() throws Failure, IOException, InterruptedException {
        Map<String, String> before = all();
        Plan plan = plan();
        assertThat(all()).isEqualTo(before);

        AtomicInteger synced = new AtomicInteger();
        List<Entry> done = new CarryOver(root -> {
                    assertThat(root).isEqualTo(image());
                    synced.incrementAndGet();
                })
                .apply(plan);
        assertThat(done).isEqualTo(plan.entries());
        assertThat(synced).hasValue(1);

        Map<String, String> after = all();
        assertThat(withoutImage(after)).isEqualTo(withoutImage(before));
        new CarryOver(_ -> {}).apply(plan());
        assertThat(all()).isEqualTo(after);
        return done;
    }

    private Map<String, String> all() throws IOException {
        return Sketch.flat(directory);
    }

    private static Map<String, String> withoutImage(Map<String, String> all) {
        Map<String, String> rest = new TreeMap<>(all);
        rest.keySet().removeIf(path -> path.startsWith("/image/"));
        return rest;
    }

    /// Removes it. Links in it lead anywhere, so that it is left to rm.
    void remove() {
        Tool.run("rm", "-rf", "--one-file-system", directory.toString());
    }
}
