/// The C library's calls that Java has no word for.
@NullMarked
package org.opensuse.containersnap.kernel;

import org.jspecify.annotations.NullMarked;
