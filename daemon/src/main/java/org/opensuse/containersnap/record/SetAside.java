package org.opensuse.containersnap.record;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.NavigableMap;
import java.util.TreeMap;

/// Where damaged records of one kind go: `damaged/<kind>-<number>-<name>`, numbers counting up, so that none takes the
/// place of another.
final class SetAside {
    /// How many of a kind are kept; the oldest go. Directories, which are no records of ours, all stay.
    static final int KEPT = 100;

    private final Path directory;
    private final String kind;

    /// @param records the directory that the records of this kind lie in
    SetAside(Path records) {
        this.directory = records.resolveSibling("damaged");
        this.kind = records.getFileName() + "-";
    }

    /// Renames what has the name of a record; by one thread at a time.
    ///
    /// @return the new name
    Path move(Path file) throws IOException {
        Files.createDirectories(directory);
        NavigableMap<Long, Path> aside = aside();
        long number = aside.isEmpty() ? 1 : aside.lastKey() + 1;
        Path target = directory.resolve(kind + number + "-" + file.getFileName());
        Files.move(file, target);
        aside.put(number, target);
        for (Path old :
                aside.values().stream().limit(Math.max(0, aside.size() - KEPT)).toList()) {
            if (!Files.isDirectory(old, LinkOption.NOFOLLOW_LINKS)) {
                Files.deleteIfExists(old);
            }
        }
        return target;
    }

    private NavigableMap<Long, Path> aside() throws IOException {
        NavigableMap<Long, Path> aside = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (name.matches(kind + "[1-9]\\d{0,17}-.*")) {
                    aside.put(Long.parseLong(name.substring(kind.length()).replaceFirst("-.*", "")), entry);
                }
            }
        }
        return aside;
    }
}
