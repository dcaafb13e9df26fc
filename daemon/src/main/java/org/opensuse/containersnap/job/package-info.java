/// Long operations: their states, their progress, and the list of those that run or ran.
@NullMarked
package org.opensuse.containersnap.job;

import org.jspecify.annotations.NullMarked;
