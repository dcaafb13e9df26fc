package org.opensuse.containersnap.btrfs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.opensuse.containersnap.engine.StoreVolume;
import org.opensuse.containersnap.kernel.LibC;
import org.opensuse.containersnap.kernel.SystemError;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;

/// [StoreVolume] of btrfs.
///
/// Free for data is what statfs(2) says: what is free in the block groups of data and what of the devices is
/// not given to any, divided by the number of copies that are kept, as the kernel does it for each profile. It
/// does not see what is still to be written back, nor that the metadata may be full before: so both are looked
/// at too.
final class BtrfsVolume implements StoreVolume {
    /// Unpacked systems take 5 to 8 bytes of metadata for 100 of data: less than any.
    private static final long DATA_PER_METADATA = 100;

    private static final Duration TO_SETTLE = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(100);

    private final LibC libC;
    private final LibBtrfsUtil library;

    BtrfsVolume(LibC libC, LibBtrfsUtil library) {
        this.libC = libC;
        this.library = library;
    }

    @Override
    public Free free(Path directory) throws Failure {
        try {
            BtrfsAllocation allocation = BtrfsAllocation.of(libC, directory);
            // Not by a FileStore, which looks for the mount: a subvolume inside another one has none.
            long data = Math.max(directory.toFile().getUsableSpace() - allocation.dataToWrite(), 0);
            long metadata = allocation.metadataFree();
            long bytes = metadata < data / DATA_PER_METADATA ? metadata * DATA_PER_METADATA : data;
            return new Free(bytes, compressing(directory));
        } catch (IOException e) {
            throw failed(directory, e);
        } catch (SystemError e) {
            throw failed(directory, e);
        }
    }

    /// Space of deleted subvolumes comes back when the cleaner has gone through them, and that of all that was
    /// deleted with the next commit.
    @Override
    public void settle(Path directory) throws Failure, InterruptedException {
        long deadline = System.nanoTime() + TO_SETTLE.toNanos();
        try {
            library.sync(directory.toString());
            while (library.deletedSubvolumes(directory.toString()) > 0 && System.nanoTime() < deadline) {
                Thread.sleep(POLL);
            }
            library.sync(directory.toString());
        } catch (SystemError e) {
            throw failed(directory, e);
        }
    }

    @Override
    public void reserve(Path file, long bytes) throws Failure {
        Path unfinished = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.deleteIfExists(unfinished);
            try {
                Files.createFile(unfinished);
                libC.allocate(unfinished.toString(), bytes);
                Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(unfinished);
            }
        } catch (SystemError e) {
            throw e.full()
                    ? new NoSpace("reserve space as " + file, e)
                    : new StorageFailed("can't reserve space as " + file + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new StorageFailed("can't reserve space as " + file + ": " + e, e);
        }
    }

    private static boolean compressing(Path directory) throws IOException {
        return MountInfo.ofThisProcess()
                .covering(directory.toRealPath())
                .map(MountInfo.Mount::compressing)
                .orElse(false);
    }

    private static StorageFailed failed(Path directory, Exception cause) {
        return new StorageFailed("can't look for free space in " + directory + ": " + cause.getMessage(), cause);
    }
}
