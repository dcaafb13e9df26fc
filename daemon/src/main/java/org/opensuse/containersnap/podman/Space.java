package org.opensuse.containersnap.podman;

import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.opensuse.containersnap.engine.StoreVolume;
import org.opensuse.containersnap.engine.StoreVolume.Free;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;

/// The room that one transfer has: what is free when it begins, and what it needs as far as that is known.
final class Space {
    private final StoreVolume volume;
    private final Path directory;
    private final String asked;
    private final long freeAtFirst;
    private OptionalLong needed = OptionalLong.empty();

    private Space(StoreVolume volume, Path directory, String asked, long freeAtFirst) {
        this.volume = volume;
        this.directory = directory;
        this.asked = asked;
        this.freeAtFirst = freeAtFirst;
    }

    /// @param directory where it is needed
    /// @param asked what for, such as `pull docker://…`
    static Space before(StoreVolume volume, Path directory, String asked) throws Failure {
        return new Space(volume, directory, asked, volume.free(directory).bytes());
    }

    /// Bytes that something takes at least.
    interface Need {
        /// Their number.
        ///
        /// @param compressing whether the file system compresses
        long bytes(boolean compressing);
    }

    /// Makes sure that there is room.
    ///
    /// @throws NoSpace with both numbers
    void require(Need need) throws Failure, InterruptedException {
        Predicate<Free> enough = free -> need.bytes(free.compressing()) <= free.bytes();
        Free free = volume.free(directory);
        if (!enough.test(free)) {
            volume.settle(directory);
            free = volume.free(directory);
        }
        needed = OptionalLong.of(need.bytes(free.compressing()));
        if (!enough.test(free)) {
            throw new NoSpace(asked, needed, OptionalLong.of(free.bytes()), null);
        }
    }

    /// What to say when there was too little after all.
    NoSpace exhausted(@Nullable Throwable cause) {
        boolean foreseen = needed.isPresent() && needed.getAsLong() > freeAtFirst;
        return new NoSpace(asked, foreseen ? needed : OptionalLong.empty(), OptionalLong.of(freeAtFirst), cause);
    }
}
