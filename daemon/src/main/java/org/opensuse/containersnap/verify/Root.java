package org.opensuse.containersnap.verify;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.snapshot.Quoted;
import org.opensuse.containersnap.tree.Status;
import org.opensuse.containersnap.tree.Status.Kind;
import org.opensuse.containersnap.tree.TreeView;

/// The root that is verified, in the words of the checks.
record Root(TreeView tree) {
    /// Far more than any text file that is read has; the rest is not looked at.
    private static final int LONGEST_TEXT = 256 << 10;

    /// Far more than any directory has in which something is looked for.
    private static final int MOST_NAMES = 50_000;

    /// Far more than there are of anything of which several may be; each of them takes a while.
    private static final int MOST_OF_A_KIND = 200;

    /// Some have merged /usr/sbin into /usr/bin.
    private static final List<String> OF_PROGRAMS = List.of("/usr/sbin/", "/usr/bin/");

    /// The path of a program that an administrator runs; empty when there is none of this name.
    Optional<String> program(String name) throws IOException {
        for (String directory : OF_PROGRAMS) {
            if (notProgram(directory + name).isEmpty()) {
                return Optional.of(directory + name);
            }
        }
        return Optional.empty();
    }

    /// Why a path leads to no program; empty when it leads to one.
    Optional<String> notProgram(String path) throws IOException {
        Optional<String> noFile = notFile(path);
        if (noFile.isPresent()) {
            return noFile;
        }
        return tree.status(path).filter(Status::executable).isPresent()
                ? Optional.empty()
                : Optional.of(shown(path) + " is not executable");
    }

    /// Why a path leads to no file with something in it; empty when it leads to one.
    Optional<String> notFile(String path) throws IOException {
        Optional<Status> status = tree.status(path);
        if (status.isEmpty()) {
            return Optional.of(absent(path));
        }
        if (status.get().kind() != Kind.FILE) {
            return Optional.of(shown(path) + " is " + status.get().kind());
        }
        return status.get().size() == 0 ? Optional.of(shown(path) + " is empty") : Optional.empty();
    }

    /// The names in a directory that begin and end so, sorted; none when there is no such directory.
    List<String> names(String directory, String beginning, String end) throws IOException {
        return tree.names(directory, MOST_NAMES).stream()
                .filter(name -> name.startsWith(beginning) && name.endsWith(end))
                .limit(MOST_OF_A_KIND)
                .sorted()
                .toList();
    }

    /// The lines of the text file that a path leads to; empty when it leads to no file.
    Optional<List<String>> lines(String path) throws IOException {
        Optional<InputStream> opened = tree.read(path);
        if (opened.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream file = opened.get()) {
            return Optional.of(new String(file.readNBytes(LONGEST_TEXT), StandardCharsets.UTF_8)
                    .lines()
                    .toList());
        }
    }

    /// A path of which a part comes from the root, fit for a line.
    static String shown(String path) {
        return Quoted.plain(path, 160);
    }

    private String absent(String path) throws IOException {
        Optional<String> target = tree.target(path);
        return target.isPresent()
                ? shown(path) + " is a symbolic link to " + Quoted.of(target.get())
                        + ", which leads nowhere in the root"
                : "there is no " + shown(path);
    }
}
