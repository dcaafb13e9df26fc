/// External programs: what is run, and how a running one is watched and ended. Knows no program.
@NullMarked
package org.opensuse.containersnap.process;

import org.jspecify.annotations.NullMarked;
