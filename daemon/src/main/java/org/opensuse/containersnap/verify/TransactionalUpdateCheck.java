package org.opensuse.containersnap.verify;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.opensuse.containersnap.snapshot.Quoted;

/// transactional-update with a tukit that keeps its snapshots with container-snap.
///
/// Whether a tukit knows container-snap stands in its library: the command that it runs, and the name of the class
/// that runs it. One that chooses among several by its configuration has the key's name in there too; one that has not
/// takes container-snap where snapper is absent (lib/SnapshotManager.cpp of transactional-update).
record TransactionalUpdateCheck() implements Check {
    private static final List<String> OF_LIBRARIES = List.of("/usr/lib64/", "/usr/lib/");
    private static final String LIBRARY = "libtukit.so.";
    private static final List<String> NAMES = List.of("container-snap", "13ContainerSnap");
    private static final String KEY = "SNAPSHOT_MANAGER";
    private static final String VALUE = "containersnap";

    /// Far more than any library of a tool has; the rest is not looked at.
    private static final int LONGEST_LIBRARY = 16 << 20;

    private static final int PIECE = 1 << 16;

    /// No word that is looked for is longer.
    private static final int LONGEST_WORD = 32;

    @Override
    public Verdict of(Root root) throws IOException {
        for (String name : List.of("transactional-update", "tukit")) {
            if (root.program(name).isEmpty()) {
                return Verdict.lacking(
                        "there is no program " + name + " in /usr/sbin or /usr/bin",
                        "install transactional-update in the image");
            }
        }
        Optional<String> library = library(root);
        if (library.isEmpty()) {
            return Verdict.lacking(
                    "there is no " + LIBRARY + "* in /usr/lib64 or /usr/lib", "install libtukit in the image");
        }
        if (!hasOneOf(root, library.get(), NAMES)) {
            return Verdict.lacking(
                    Root.shown(library.get()) + " does not know container-snap",
                    "install a transactional-update that can keep its snapshots with container-snap in the image");
        }
        return hasOneOf(root, library.get(), List.of(KEY)) ? byConfiguration(root, library.get()) : met(library.get());
    }

    private static Verdict byConfiguration(Root root, String library) throws IOException {
        Optional<String> value = configured(root);
        if (value.equals(Optional.of(VALUE))) {
            return met(library);
        }
        return Verdict.lacking(
                "tukit's configuration "
                        + value.map(other -> "has " + KEY + "=" + Quoted.of(other))
                                .orElse("has no " + KEY),
                "install container-snap-tukit in the image, or set " + KEY + "=\"" + VALUE
                        + "\" in /etc/tukit.conf.d/container-snap.conf");
    }

    private static Verdict met(String library) {
        return Verdict.met(Root.shown(library) + " knows container-snap");
    }

    private static Optional<String> library(Root root) throws IOException {
        for (String directory : OF_LIBRARIES) {
            for (String name : root.names(directory, LIBRARY, "")) {
                if (root.notFile(directory + name).isEmpty()) {
                    return Optional.of(directory + name);
                }
            }
        }
        return Optional.empty();
    }

    /// Whether a word stands in a file, which is read in pieces that overlap by a word.
    private static boolean hasOneOf(Root root, String path, List<String> words) throws IOException {
        Optional<InputStream> opened = root.tree().read(path);
        if (opened.isEmpty()) {
            return false;
        }
        try (InputStream file = opened.get()) {
            String before = "";
            for (int read = 0; read < LONGEST_LIBRARY; read += PIECE) {
                byte[] bytes = file.readNBytes(PIECE);
                String piece = before + new String(bytes, StandardCharsets.ISO_8859_1);
                if (words.stream().anyMatch(piece::contains)) {
                    return true;
                }
                if (bytes.length < PIECE) {
                    return false;
                }
                before = piece.substring(piece.length() - LONGEST_WORD);
            }
            return false;
        }
    }

    /// What tukit's configuration says in the end, read as libeconf does: /etc/tukit.conf, or the one in /usr/etc, then
    /// the files of both directories tukit.conf.d by their names, of which those in /etc count.
    private static Optional<String> configured(Root root) throws IOException {
        Optional<String> value = find(root, "/etc/tukit.conf");
        if (root.tree().status("/etc/tukit.conf").isEmpty()) {
            value = find(root, "/usr/etc/tukit.conf");
        }
        Map<String, String> files = new TreeMap<>();
        for (String directory : List.of("/usr/etc/tukit.conf.d/", "/etc/tukit.conf.d/")) {
            for (String name : root.names(directory, "", ".conf")) {
                files.put(name, directory + name);
            }
        }
        for (String file : files.values()) {
            Optional<String> here = find(root, file);
            value = here.isPresent() ? here : value;
        }
        return value;
    }

    private static Optional<String> find(Root root, String file) throws IOException {
        return root.lines(file).map(KeyValues::new).flatMap(values -> values.find(KEY));
    }
}
