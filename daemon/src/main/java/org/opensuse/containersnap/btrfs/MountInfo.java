package org.opensuse.containersnap.btrfs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The mounts of this process, as /proc/self/mountinfo tells them (proc_pid_mountinfo(5)).
record MountInfo(List<Mount> mounts) {
    private static final Path SELF = Path.of("/proc/self/mountinfo");

    MountInfo {
        mounts = List.copyOf(mounts);
    }

    /// A mount.
    ///
    /// @param device `major:minor` of the file system; all subvolumes of one btrfs file system have
    ///     the same here, while stat(2) shows a device of its own for each
    /// @param point where it is mounted
    /// @param options of the file system, such as `rw,compress=zstd:3,subvol=/@`
    record Mount(String device, Path point, String type, String options) {
        /// Whether btrfs is told to compress what is written (btrfs(5)).
        boolean compressing() {
            return Stream.of(options.split(",", -1))
                    .anyMatch(option -> option.matches("compress(-force)?(=.*)?") && !option.matches(".*=(no|none)"));
        }
    }

    static MountInfo ofThisProcess() throws IOException {
        return parse(Files.readAllLines(SELF, StandardCharsets.ISO_8859_1));
    }

    static MountInfo parse(List<String> lines) {
        List<Mount> mounts = new ArrayList<>();
        for (String line : lines) {
            String[] fields = line.split(" ", -1);
            int separator = List.of(fields).indexOf("-");
            if (separator >= 6 && separator + 1 < fields.length) {
                mounts.add(new Mount(
                        fields[2], Path.of(unescape(fields[4])), fields[separator + 1], fields[fields.length - 1]));
            }
        }
        return new MountInfo(mounts);
    }

    /// The mount that an absolute path lies on: the longest mount point above it, of equal ones the last, which covers
    /// the others.
    Optional<Mount> covering(Path path) {
        Mount best = null;
        for (Mount mount : mounts) {
            if (path.startsWith(mount.point)
                    && (best == null || mount.point.getNameCount() >= best.point.getNameCount())) {
                best = mount;
            }
        }
        return Optional.ofNullable(best);
    }

    /// The mount points at or below a path.
    List<Path> below(Path path) {
        return mounts.stream()
                .map(Mount::point)
                .filter(point -> point.startsWith(path))
                .toList();
    }

    /// Space, tab, newline and backslash are written as a backslash and three octal digits.
    private static String unescape(String field) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '\\' && i + 3 < field.length()) {
                out.append((char) Integer.parseInt(field.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }
}
