/// The machine's shutdown as systemd-logind manages it: asked to wait, and heard of before it comes.
@NullMarked
package org.opensuse.containersnap.logind;

import org.jspecify.annotations.NullMarked;
