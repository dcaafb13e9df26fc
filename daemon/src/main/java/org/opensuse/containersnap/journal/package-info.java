/// What is told to the system's journal: the events, what they are about, and the way there.
@NullMarked
package org.opensuse.containersnap.journal;

import org.jspecify.annotations.NullMarked;
