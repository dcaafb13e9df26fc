/// Adapter: the restart of the machine, by the method that transactional-update is configured to use.
@NullMarked
package org.opensuse.containersnap.reboot;

import org.jspecify.annotations.NullMarked;
