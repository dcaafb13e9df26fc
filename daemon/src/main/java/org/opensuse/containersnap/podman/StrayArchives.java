package org.opensuse.containersnap.podman;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Copies of oci-archives that podman unpacks into `/var/tmp`, whatever `TMPDIR` says (podman 4.3, to read the
/// index). It takes them away itself, unless it is killed; which ones are a podman's own shows in its open files.
final class StrayArchives {
    private static final Path DIRECTORY = Path.of("/var/tmp");
    private static final Pattern NAME = Pattern.compile("oci[0-9]+");

    private StrayArchives() {}

    /// The copies that a process has files open in.
    static Set<Path> of(long pid) {
        Set<Path> archives = new HashSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "fd"))) {
            files.forEach(file -> archive(file).ifPresent(archives::add));
        } catch (IOException _) {
            return archives; // the process has ended
        }
        return archives;
    }

    /// Removes a copy, unless it is not of this process' user: anybody may make a directory of its name once podman
    /// has taken its own away.
    static void remove(Path archive) {
        try {
            Object owner = Files.getAttribute(archive, "unix:uid", LinkOption.NOFOLLOW_LINKS);
            if (owner.equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
                FileTree.remove(archive);
            }
        } catch (IOException _) {
            return; // it is not there any more
        }
    }

    private static Optional<Path> archive(Path openFile) {
        try {
            Path file = Files.readSymbolicLink(openFile);
            return Optional.of(file)
                    .filter(each -> each.startsWith(DIRECTORY) && !each.equals(DIRECTORY))
                    .map(each -> DIRECTORY.resolve(each.getName(DIRECTORY.getNameCount())))
                    .filter(each -> NAME.matcher(each.getFileName().toString()).matches());
        } catch (IOException _) {
            return Optional.empty(); // it was closed
        }
    }
}
