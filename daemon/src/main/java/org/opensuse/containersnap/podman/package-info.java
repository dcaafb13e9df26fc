/// The image store over podman: mutations over the REST service of podman processes of our own, reads from the
/// files of podman's store. What registries tell about images that are not pulled comes from skopeo, which has
/// podman's library.
@NullMarked
package org.opensuse.containersnap.podman;

import org.jspecify.annotations.NullMarked;
