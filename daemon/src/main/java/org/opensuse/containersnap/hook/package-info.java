/// Adapter: the hooks of deploy, as executables of the machine.
@NullMarked
package org.opensuse.containersnap.hook;

import org.jspecify.annotations.NullMarked;
