/// Adapter of [org.opensuse.containersnap.engine.Inspection]: what a root's files say about whether it can be booted.
@NullMarked
package org.opensuse.containersnap.verify;

import org.jspecify.annotations.NullMarked;
