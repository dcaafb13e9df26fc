package org.opensuse.containersnap.snapshot;

import java.nio.file.Path;
import java.time.Instant;

/// A btrfs subvolume, as the kernel describes it.
///
/// @param id unique on its file system, higher for later ones
/// @param directory where it can be reached
/// @param created when it was made
public record Subvolume(long id, Path directory, boolean readOnly, Instant created) {}
