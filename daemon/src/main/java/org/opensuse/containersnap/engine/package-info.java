/// What the service does: one class a verb, the locks, and the two ports to podman and btrfs that the verbs need.
@NullMarked
package org.opensuse.containersnap.engine;

import org.jspecify.annotations.NullMarked;
