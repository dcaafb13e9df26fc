/// Operations as lists of named steps, which tests can stop at.
@NullMarked
package org.opensuse.containersnap.step;

import org.jspecify.annotations.NullMarked;
