package org.opensuse.containersnap.podman;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import org.opensuse.containersnap.podman.StoreLocks.Held;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;

/// The files that podman was writing when it was killed: it writes each under another name first, and never looks for
/// those again.
record HalfWritten(StoreFiles files, StoreLocks locks) {
    private static final String NAMES = ".tmp-*";

    private interface Lock {
        Optional<Held> take() throws IOException;
    }

    /// Removes them, but for those of a podman that changes the store now.
    void remove() throws Failure {
        try {
            remove(files.layers(), locks::takeLayers);
            remove(files.imageRecords(), locks::takeImages);
        } catch (IOException e) {
            throw new StorageFailed("can't remove half written files of podman's store: " + e.getMessage(), e);
        }
    }

    private static void remove(Path directory, Lock lock) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        Optional<Held> taken = lock.take();
        if (taken.isEmpty()) {
            return;
        }
        try (Held _ = taken.get();
                DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            removeIn(directory);
            for (Path entry : entries) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    removeIn(entry);
                }
            }
        }
    }

    private static void removeIn(Path directory) throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, NAMES)) {
            for (Path file : left) {
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
