/// What a new root takes over from the running system.
@NullMarked
package org.opensuse.containersnap.carry;

import org.jspecify.annotations.NullMarked;
