/// The connection to the message bus: calls, replies, signals, in plain Java values. Only here is dbus-java seen.
@NullMarked
package org.opensuse.containersnap.wire;

import org.jspecify.annotations.NullMarked;
