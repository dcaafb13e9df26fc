/// The program's entry: the only place where the command line meets the real bus and the real process.
@NullMarked
package org.opensuse.containersnap.client;

import org.jspecify.annotations.NullMarked;
