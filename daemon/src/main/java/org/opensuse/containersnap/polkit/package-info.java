/// Who may do what.
@NullMarked
package org.opensuse.containersnap.polkit;

import org.jspecify.annotations.NullMarked;
