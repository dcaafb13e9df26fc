package org.opensuse.containersnap.carry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.lab.LoopBtrfs;

/// What holds of any trees: those of a running system and of a new image are random changes of the same one. [Scene]
/// checks that the plan is what is done, that nothing outside the new root is changed, and that doing it again changes
/// nothing.
@Timeout(120)
class RandomTreesIT {
    @RegisterExtension
    static final LoopBtrfs BTRFS = new LoopBtrfs();

    private static final int ROUNDS = 60;
    private static final int DEPTH = 3;
    private static final List<String> NAMES = List.of("a", "b", "c");
    private static final List<String> LEAVES =
            List.of("x", "y", "xx", "x/600", "y@7", "x+n", "x/4755", ">a", ">../../outside", ">/", "!");

    private Random random = new Random();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void nothingOfThePersonIsLostAndAllElseIsTheImages(long seed) throws Exception {
        random = new Random(seed);
        for (int i = 0; i < ROUNDS; i++) {
            Map<String, Object> base = directory(DEPTH);
            String before = line(base);
            String here = line(changed(base, DEPTH));
            String image = line(changed(base, DEPTH));
            Scene scene = new Scene(BTRFS.path()).withEtc(before, here, image);

            Map<String, String> pristine = etc(scene.image());

            List<Entry> done = scene.carryOver();

            String story = "seed " + seed + ": before [" + before + "] here [" + here + "] image [" + image + "]";
            assertHolds(scene, pristine, done, story);
            scene.remove();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 6})
    void withoutABaseAllOfTheImageStaysAndTheRestComesAlong(long seed) throws Exception {
        random = new Random(seed);
        for (int i = 0; i < ROUNDS; i++) {
            String here = line(directory(DEPTH));
            String image = line(directory(DEPTH));
            Scene scene = new Scene(BTRFS.path()).withEtc("", here, image).withoutBase();
            Map<String, String> pristine = etc(scene.image());

            scene.carryOver();

            Map<String, String> expected = new TreeMap<>(etc(scene.running()));
            pristine.forEach((leaf, thing) ->
                    expected.keySet().removeIf(path -> !thing.startsWith("{}") && path.startsWith(leaf + "/")));
            expected.putAll(pristine);
            assertThat(etc(scene.image()))
                    .as("seed " + seed + ": here [" + here + "] image [" + image + "]")
                    .isEqualTo(expected);
            scene.remove();
        }
    }

    private static void assertHolds(Scene scene, Map<String, String> pristine, List<Entry> done, String story)
            throws IOException {
        Map<String, String> before = etc(scene.base());
        Map<String, String> here = etc(scene.running());
        Map<String, String> result = etc(scene.image());
        Map<String, Entry> told = done.stream()
                .filter(entry -> entry.conflict().isPresent())
                .collect(Collectors.toMap(entry -> entry.path().substring("/etc".length()), entry -> entry));
        for (Map.Entry<String, String> mine : here.entrySet()) {
            String path = mine.getKey();
            if (!mine.getValue().equals(before.get(path)) && !told.containsKey(path)) {
                assertThat(result).as(path + " of " + story).containsKey(path);
                Set<String> changes = fields(mine.getValue());
                changes.removeAll(fields(before.getOrDefault(path, "")));
                assertThat(fields(result.getOrDefault(path, "")))
                        .as(path + " of " + story)
                        .containsAll(changes);
            }
        }
        for (String path : before.keySet()) {
            if (!here.containsKey(path) && !told.containsKey(path)) {
                assertThat(result).as(path + " of " + story).doesNotContainKey(path);
            }
        }
        assertImagesWhereUntouched(scene, pristine, done, story);
    }

    /// Paths that the running system has as its image had them, on the way to which it changed nothing either.
    private static void assertImagesWhereUntouched(
            Scene scene, Map<String, String> pristine, List<Entry> done, String story) throws IOException {
        Map<String, String> before = etc(scene.base());
        Map<String, String> here = etc(scene.running());
        Map<String, String> result = etc(scene.image());
        Set<String> moved = done.stream()
                .flatMap(entry -> entry.beside().stream())
                .map(path -> path.substring("/etc".length()))
                .collect(Collectors.toSet());
        Map<String, String> all = new TreeMap<>(pristine);
        all.putAll(result);
        for (String path : all.keySet()) {
            if (moved.stream().noneMatch(path::startsWith) && untouched(path, before, here, result)) {
                assertThat(result.get(path)).as(path + " of " + story).isEqualTo(pristine.get(path));
            }
        }
    }

    private static boolean untouched(
            String path, Map<String, String> before, Map<String, String> here, Map<String, String> result) {
        boolean below = here.keySet().stream().anyMatch(other -> other.startsWith(path + "/"));
        for (String on = path; !on.isEmpty(); on = on.substring(0, on.lastIndexOf('/'))) {
            if (!Optional.ofNullable(here.get(on)).equals(Optional.ofNullable(before.get(on)))) {
                return false;
            }
        }
        return !below || !result.getOrDefault(path, "").startsWith("{}");
    }

    /// The attributes of a line of [Sketch], each with its mark, and the text.
    private static Set<String> fields(String thing) {
        return thing.startsWith(">")
                ? Set.of(thing).stream().collect(Collectors.toSet())
                : Set.of(thing.split("(?=[/@+])", -1)).stream().collect(Collectors.toSet());
    }

    private static Map<String, String> etc(Path root) throws IOException {
        return Sketch.flat(root.resolve("etc"));
    }

    private Map<String, Object> directory(int depth) {
        Map<String, Object> entries = new TreeMap<>();
        for (String name : NAMES) {
            if (random.nextInt(3) > 0) {
                entries.put(name, thing(depth));
            }
        }
        return entries;
    }

    private Object thing(int depth) {
        return depth > 1 && random.nextInt(3) == 0 ? directory(depth - 1) : LEAVES.get(random.nextInt(LEAVES.size()));
    }

    @SuppressWarnings("unchecked") // made above
    private Map<String, Object> changed(Map<String, Object> entries, int depth) {
        Map<String, Object> result = new TreeMap<>();
        for (String name : NAMES) {
            Object thing = entries.get(name);
            int dice = random.nextInt(6);
            if (dice == 0) {
                result.put(name, thing(depth));
            } else if (thing instanceof Map<?, ?> directory && dice > 1) {
                result.put(name, changed((Map<String, Object>) directory, depth - 1));
            } else if (thing != null && dice > 1) {
                result.put(name, thing);
            }
        }
        return result;
    }

    @SuppressWarnings("unchecked") // made above
    private static String line(Map<String, Object> entries) {
        return entries.entrySet().stream()
                .map(entry -> entry.getKey() + "="
                        + (entry.getValue() instanceof Map<?, ?> directory
                                ? "{" + line((Map<String, Object>) directory) + "}"
                                : entry.getValue()))
                .collect(Collectors.joining(" "));
    }
}
