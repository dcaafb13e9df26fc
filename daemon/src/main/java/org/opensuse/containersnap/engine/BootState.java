package org.opensuse.containersnap.engine;

import java.util.Optional;
import org.opensuse.containersnap.engine.Subvolumes.Mounted;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// What the machine runs from and what the next boot takes, as the kernel told at one moment.
///
/// @param bootedSnapshot empty when `/` is none of the snapshots
/// @param defaultSnapshot empty when the next boot takes none of the snapshots
public record BootState(
        Mounted booted, Optional<SnapshotId> bootedSnapshot, Mounted next, Optional<SnapshotId> defaultSnapshot) {
    static BootState read(Subvolumes subvolumes, Roots roots) throws Failure {
        Mounted booted = subvolumes.booted();
        Optional<SnapshotId> bootedSnapshot = roots.named(booted);
        Mounted next = subvolumes.defaultOfRoot();
        return new BootState(
                booted, bootedSnapshot, next, next.id() == booted.id() ? bootedSnapshot : roots.named(next));
    }

    /// Whether the next boot takes another subvolume than the booted one.
    public boolean rebootNeeded() {
        return booted.id() != next.id();
    }

    boolean isBooted(SnapshotId id) {
        return bootedSnapshot.filter(id::equals).isPresent();
    }

    boolean isDefault(SnapshotId id) {
        return defaultSnapshot.filter(id::equals).isPresent();
    }
}
