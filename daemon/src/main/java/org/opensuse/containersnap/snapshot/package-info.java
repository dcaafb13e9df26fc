/// The values of the domain and their rules: IDs, references, snapshots, and what can go wrong for a user.
@NullMarked
package org.opensuse.containersnap.snapshot;

import org.jspecify.annotations.NullMarked;
