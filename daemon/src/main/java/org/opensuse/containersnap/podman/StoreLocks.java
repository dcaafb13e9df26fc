package org.opensuse.containersnap.podman;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/// The locks of podman's store, which are locks of fcntl(2).
///
/// podman holds that of the layers as long as it unpacks one, which takes minutes for a large one, and every
/// other podman on the store waits for it, even before it answers for the first time.
///
/// @param graphRoot of the store
record StoreLocks(Path graphRoot) {
    /// Who closes a file gives away all locks that the process has on it, so nobody looks while one of ours is held.
    private static final ReadWriteLock OURS = new ReentrantReadWriteLock();

    /// Whether somebody else than this podman changes the store now, so that it may have to wait.
    boolean keepWaiting(long pid) {
        try {
            for (Path lock : locks()) {
                if (taken(lock) && !holds(pid, lock)) {
                    return true;
                }
            }
        } catch (IOException _) {
            return false; // the store is not there yet
        }
        return false;
    }

    /// A lock, taken as podman takes it.
    static final class Held implements AutoCloseable {
        private final FileChannel channel;

        private Held(FileChannel channel) {
            this.channel = channel;
        }

        /// Gives it back, as the kernel does when the file is closed.
        @Override
        public void close() throws IOException {
            try {
                channel.close();
            } finally {
                OURS.writeLock().unlock();
            }
        }
    }

    /// Takes the lock of the layers, so that no podman changes them; empty when one does now.
    Optional<Held> takeLayers() throws IOException {
        return take("btrfs-layers/layers.lock");
    }

    /// Takes the lock of the images, so that no podman changes them; empty when one does now.
    Optional<Held> takeImages() throws IOException {
        return take("btrfs-images/images.lock");
    }

    private Optional<Held> take(String lock) throws IOException {
        OURS.writeLock().lock();
        boolean held = false;
        try {
            FileChannel channel =
                    FileChannel.open(graphRoot.resolve(lock), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                held = channel.tryLock() != null;
                return held ? Optional.of(new Held(channel)) : Optional.empty();
            } finally {
                if (!held) {
                    channel.close();
                }
            }
        } finally {
            if (!held) {
                OURS.writeLock().unlock();
            }
        }
    }

    /// Whether a process has it for itself. A lock of many readers is taken to find out, and given back at
    /// once.
    private static boolean taken(Path lock) throws IOException {
        if (!OURS.readLock().tryLock()) {
            return true;
        }
        try {
            return takenByAnother(lock);
        } finally {
            OURS.readLock().unlock();
        }
    }

    private static boolean takenByAnother(Path lock) throws IOException {
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.READ)) {
            @Nullable FileLock ours = channel.tryLock(0, Long.MAX_VALUE, true);
            return ours == null;
        } catch (OverlappingFileLockException _) {
            return false; // another thread looks at it too, and can, so nobody has it for himself
        }
    }

    /// Whether a process has it, as its /proc/PID/fdinfo says (proc_pid_fdinfo(5)), with lines such as
    /// `lock: 1: POSIX  ADVISORY  WRITE 4711 00:21:257 0 EOF`.
    private static boolean holds(long pid, Path lock) throws IOException {
        String inode = ":" + Files.getAttribute(lock, "unix:ino") + " ";
        for (Path descriptor : entries(Path.of("/proc", Long.toString(pid), "fdinfo"), "*")) {
            if (content(descriptor).lines().anyMatch(line -> line.startsWith("lock:") && line.contains(inode))) {
                return true;
            }
        }
        return false;
    }

    private List<Path> locks() throws IOException {
        List<Path> locks = new ArrayList<>(entries(graphRoot, "*.lock"));
        for (Path below : entries(graphRoot, "btrfs-*")) {
            locks.addAll(entries(below, "*.lock"));
        }
        return locks;
    }

    private static List<Path> entries(Path directory, String glob) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, glob)) {
            stream.forEach(entries::add);
        }
        return entries;
    }

    /// Nothing of a descriptor that was closed meanwhile.
    private static String content(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException _) {
            return "";
        }
    }
}
