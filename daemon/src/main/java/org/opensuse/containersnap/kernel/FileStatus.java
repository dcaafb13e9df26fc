package org.opensuse.containersnap.kernel;

import java.time.Instant;

/// What statx(2) tells of a file.
///
/// @param mode with the type
/// @param device that it lies on
/// @param special what a device node stands for, as mknod(2) takes it
public record FileStatus(
        int mode,
        long uid,
        long gid,
        long size,
        long links,
        long inode,
        long device,
        long special,
        Instant modified,
        Instant changed) {}
