/// Adapter of [org.opensuse.containersnap.engine.Archives]: archive files on the machine.
@NullMarked
package org.opensuse.containersnap.archive;

import org.jspecify.annotations.NullMarked;
