/// A machine to test on.
@NullMarked
package org.opensuse.containersnap.client.lab;

import org.jspecify.annotations.NullMarked;
