/// The adapter to btrfs: subvolumes through libbtrfsutil, mounts through the kernel's mountinfo.
@NullMarked
package org.opensuse.containersnap.btrfs;

import org.jspecify.annotations.NullMarked;
