package org.opensuse.containersnap.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.opensuse.containersnap.snapshot.Failure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Space that is kept for deletions, as a file of that size.
///
/// On a full disk nothing can be written: no record of a deletion, and none of podman's without an image. So what fills
/// it could not be deleted. The file goes when a deletion finds the disk full, and is made again when there is room.
final class Reserve {
    private static final Logger log = LoggerFactory.getLogger(Reserve.class);

    /// What a deletion writes is less than a tenth of it.
    static final long BYTES = 8 << 20;

    /// So many times as much is free when it is made, so that it is not what fills the disk.
    private static final int PLENTY = 4;

    private final StoreLayout layout;
    private final Subvolumes subvolumes;
    private final StoreVolume volume;

    Reserve(StoreLayout layout, Subvolumes subvolumes, StoreVolume volume) {
        this.layout = layout;
        this.subvolumes = subvolumes;
        this.volume = volume;
    }

    /// Makes it, unless it is there or there is too little room. What comes next does not need it.
    void keep() {
        Path file = layout.reserve();
        try {
            if (!Files.isDirectory(layout.records()) || there(file)) {
                return;
            }
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !isFile(file)) {
                log.warn("no space is kept for deletions, because {} is no file; remove it", file);
            } else if (volume.free(layout.state()).bytes() >= PLENTY * BYTES) {
                volume.reserve(file, BYTES);
            }
        } catch (Failure | IOException e) {
            log.warn("can't keep space for deletions error={}", e.toString());
        }
    }

    /// Gives it away when the disk is full. Where that does not work, a deletion may all the same.
    void release() {
        Path file = layout.reserve();
        try {
            if (!isFile(file) || volume.free(layout.state()).bytes() >= BYTES) {
                return;
            }
            Files.delete(file);
            subvolumes.sync(layout.state());
            log.info("the disk is full, so the space that was kept for deletions is used");
        } catch (Failure | IOException e) {
            log.warn("can't give away the space that is kept for deletions error={}", e.toString());
        }
    }

    /// A link may lead to a file of somebody else.
    private static boolean isFile(Path file) {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean there(Path file) throws IOException {
        return isFile(file) && Files.size(file) >= BYTES;
    }
}
