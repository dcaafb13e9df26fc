package org.opensuse.containersnap.hook;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.opensuse.containersnap.snapshot.Failure.HookFailed;

/// The hooks in some directories, in the order of their names. A file takes the place of one with the same
/// name in an earlier directory; when it is empty, or not executable, or a link to `/dev/null`, there is
/// none.
final class HookFiles {
    private static final Path NOTHING = Path.of("/dev/null");

    /// What systemd's programs leave out (hidden_or_backup_file in path-util.c).
    private static final Set<String> LEFT_OVER = Set.of(
            "rpmnew",
            "rpmsave",
            "rpmorig",
            "dpkg-old",
            "dpkg-new",
            "dpkg-tmp",
            "dpkg-dist",
            "dpkg-bak",
            "dpkg-backup",
            "dpkg-remove",
            "ucf-new",
            "ucf-old",
            "ucf-dist",
            "swp",
            "orig",
            "bak",
            "old",
            "new");

    private static final int REGULAR = 0100000;
    private static final int TYPE = 0170000;
    private static final int ANYBODY_EXECUTES = 0111;
    private static final int OTHERS_WRITE = 022;
    private static final int STICKY = 01000;

    private final List<Path> directories;

    HookFiles(List<Path> directories) {
        this.directories = List.copyOf(directories);
    }

    /// Every one is looked at before the first is run.
    List<HookFile> list() throws HookFailed {
        Map<String, Path> named = new TreeMap<>();
        for (Path directory : directories) {
            for (Path entry : entries(directory)) {
                named.put(entry.getFileName().toString(), entry);
            }
        }
        List<HookFile> hooks = new ArrayList<>();
        for (Path path : named.values()) {
            if (wanted(path)) {
                requireOfRoot(path);
                hooks.add(new HookFile(path));
            }
        }
        return hooks;
    }

    private static List<Path> entries(Path directory) throws HookFailed {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(
                directory, entry -> isHook(entry.getFileName().toString()))) {
            all.forEach(entries::add);
            requireOfRoot(directory);
            return entries;
        } catch (NoSuchFileException | NotDirectoryException _) {
            return List.of();
        } catch (IOException | DirectoryIteratorException e) {
            throw unreadable(directory, e);
        }
    }

    private static boolean isHook(String name) {
        return !name.startsWith(".")
                && !name.startsWith("#")
                && !name.endsWith("~")
                && !LEFT_OVER.contains(name.substring(name.lastIndexOf('.') + 1));
    }

    private static boolean wanted(Path path) throws HookFailed {
        try {
            if (path.toRealPath().equals(NOTHING)) {
                return false;
            }
            Facts facts = Facts.of(path);
            return (facts.mode & TYPE) == REGULAR && (facts.mode & ANYBODY_EXECUTES) != 0 && facts.size > 0;
        } catch (NoSuchFileException _) {
            throw HookFailed.refused(path.toString(), "is a link to nothing", "remove it, or mend what it leads to");
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    /// Refuses what somebody else than root could have written or could exchange.
    private static void requireOfRoot(Path path) throws HookFailed {
        try {
            Path real = path.toRealPath();
            for (Path each = real; each != null; each = each.getParent()) {
                Facts facts = Facts.of(each);
                Optional<String> fault = each.equals(real) ? facts.fault() : facts.faultOfDirectoryAbove();
                if (fault.isPresent()) {
                    throw HookFailed.refused(
                            each.toString(),
                            fault.get(),
                            "it must be root's and writable by root only: 'chown root' and 'chmod go-w' do that");
                }
            }
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    private static HookFailed unreadable(Path path, Exception why) {
        return HookFailed.refused(path.toString(), "can't be read (" + why.getMessage() + ")", "mend that");
    }

    /// @param mode with the type
    private record Facts(int mode, int uid, long size) {
        static Facts of(Path path) throws IOException {
            Map<String, Object> attributes = Files.readAttributes(path, "unix:mode,uid,size", new LinkOption[0]);
            if (attributes.get("mode") instanceof Integer mode
                    && attributes.get("uid") instanceof Integer uid
                    && attributes.get("size") instanceof Long size) {
                return new Facts(mode, uid, size);
            }
            throw new IllegalStateException("attributes are " + attributes);
        }

        Optional<String> fault() {
            if (uid != 0) {
                return Optional.of("belongs to the user " + Integer.toUnsignedString(uid));
            }
            return (mode & OTHERS_WRITE) != 0 ? Optional.of("is writable by others than root") : Optional.empty();
        }

        /// In a sticky directory, such as /tmp, nobody exchanges what is root's.
        Optional<String> faultOfDirectoryAbove() {
            return uid == 0 && (mode & STICKY) != 0 ? Optional.empty() : fault();
        }
    }
}
