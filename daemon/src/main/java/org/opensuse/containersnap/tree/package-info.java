/// File trees that may be hostile: the root directories of images, snapshots and of the running system.
@NullMarked
package org.opensuse.containersnap.tree;

import org.jspecify.annotations.NullMarked;
