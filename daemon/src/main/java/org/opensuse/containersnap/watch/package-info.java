/// What changes on disk without this program having done it.
@NullMarked
package org.opensuse.containersnap.watch;

import org.jspecify.annotations.NullMarked;
