/// The command line: the parser, one class a command, formats for people and scripts, exit codes. No native code.
@NullMarked
package org.opensuse.containersnap.client.cli;

import org.jspecify.annotations.NullMarked;
