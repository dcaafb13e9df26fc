/// The image store over podman: mutations over the REST service of podman processes of our own, reads from the
/// files of podman's store.
@NullMarked
package org.opensuse.containersnap.podman;

import org.jspecify.annotations.NullMarked;
