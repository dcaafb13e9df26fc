package org.opensuse.containersnap.snapshot;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/// A subvolume that the machine can boot from.
///
/// @param subvolume the ID of the btrfs subvolume, unique among those that exist, higher for later ones
/// @param root its directory
/// @param created when the subvolume was made
/// @param base the snapshot it was made from, when known
/// @param origin the reference or source of its image, when known
/// @param version of its image, as its label says, when known
/// @param pinned whether somebody has it kept
/// @param booted whether `/` is mounted from it
/// @param isDefault whether the next boot takes it
public record Snapshot(
        SnapshotId id,
        long subvolume,
        Path root,
        Instant created,
        Optional<SnapshotId> base,
        Optional<String> origin,
        Optional<String> version,
        boolean readOnly,
        boolean pinned,
        boolean booted,
        boolean isDefault) {}
