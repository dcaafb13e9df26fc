package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opensuse.containersnap.client.lab.DiskCopy;
import org.opensuse.containersnap.client.lab.Lab;

/// What a disk holds, read from the disk and not told by the service.
///
/// @param check what `btrfs check` found, empty when it was not asked
/// @param next path of the default subvolume
/// @param roots by the snapshot's ID
/// @param records IDs of snapshots that have a record
/// @param lastWork by the image's ID
/// @param jobs states by the job's number
/// @param images fingerprints of the top layers of podman's images, by ID
/// @param brokenImages what podman's store has of images that are not whole: coming, going, or damaged
/// @param wrong what has no place on a machine at rest: layers of no image, temporary files
/// @param damaged what can't be read, in no state of the machine right
record DiskFacts(
        String check,
        String next,
        Map<String, Root> roots,
        Set<String> records,
        Map<String, Long> lastWork,
        Map<Long, String> jobs,
        Map<String, String> images,
        List<String> brokenImages,
        List<String> wrong,
        List<String> damaged) {
    private static final Path PROGRAM = Path.of("src/test/resources/disk-facts");
    static final String SOUND = "no error found";

    /// A subvolume in `roots/`.
    record Root(boolean readOnly, String fingerprint) {}

    /// Those of the machine as it runs.
    static DiskFacts of(Lab lab) {
        return parse(lab.run(lab.inside(PROGRAM), Machine.STATE).ok());
    }

    /// Those of a copy, which is checked and mounted.
    static DiskFacts of(DiskCopy copy) {
        return parse(copy.lab()
                .run(copy.lab().inside(PROGRAM), "--copy", copy.path())
                .ok());
    }

    /// The fingerprint of a snapshot's files.
    static String fingerprint(Lab lab, String snapshot) {
        return lab.run(lab.inside(PROGRAM), "--fingerprint", Machine.ROOTS + snapshot)
                .line();
    }

    /// The snapshot that the next boot takes, or the path of another subvolume.
    String nextSnapshot() {
        return next.replaceFirst("^@container-snap/roots/", "");
    }

    private static DiskFacts parse(String lines) {
        Map<String, List<List<String>>> kinds = new HashMap<>();
        for (String line : lines.lines().toList()) {
            List<String> words = Arrays.asList(line.split("\t", -1));
            kinds.computeIfAbsent(words.getFirst(), _ -> new ArrayList<>()).add(words.subList(1, words.size()));
        }
        DiskFacts facts = new DiskFacts(
                words(kinds, "check"),
                words(kinds, "default"),
                map(kinds, "root", id -> id, words -> new Root(words.get(1).equals("yes"), words.get(2))),
                map(kinds, "record", id -> id, _ -> true).keySet(),
                map(kinds, "last-work", id -> id, words -> Long.valueOf(words.get(1))),
                map(kinds, "job", Long::valueOf, words -> words.get(1)),
                map(kinds, "image", id -> id, words -> words.get(1)),
                lines(kinds, "broken-image").toList(),
                Stream.concat(lines(kinds, "unused"), lines(kinds, "left")).toList(),
                lines(kinds, "damaged").toList());
        assertThat(kinds.keySet())
                .isSubsetOf(
                        "check",
                        "default",
                        "root",
                        "record",
                        "last-work",
                        "job",
                        "image",
                        "broken-image",
                        "unused",
                        "left",
                        "damaged");
        return facts;
    }

    private static String words(Map<String, List<List<String>>> kinds, String kind) {
        return lines(kinds, kind).collect(Collectors.joining()).replaceFirst("^\\S+ ", "");
    }

    private static Stream<String> lines(Map<String, List<List<String>>> kinds, String kind) {
        return kinds.getOrDefault(kind, List.of()).stream().map(words -> kind + " " + String.join(" ", words));
    }

    private static <K, V> Map<K, V> map(
            Map<String, List<List<String>>> kinds,
            String kind,
            Function<String, K> key,
            Function<List<String>, V> value) {
        return kinds.getOrDefault(kind, List.of()).stream()
                .collect(Collectors.toMap(words -> key.apply(words.getFirst()), value));
    }
}
