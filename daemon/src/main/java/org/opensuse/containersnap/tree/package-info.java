/// The files of a root that may be hostile.
@NullMarked
package org.opensuse.containersnap.tree;

import org.jspecify.annotations.NullMarked;
