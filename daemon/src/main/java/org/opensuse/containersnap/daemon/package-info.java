/// Start and stop: only here are the parts put together.
@NullMarked
package org.opensuse.containersnap.daemon;

import org.jspecify.annotations.NullMarked;
