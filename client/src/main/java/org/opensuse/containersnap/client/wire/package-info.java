/// Everything that crosses into C: the bus through libsystemd's sd-bus, and the process through libc. Knows the
/// members of the contract, nothing of the command line.
///
/// What TeaVM makes of Java asks for three things, here and in cli. A class with static state is initialized at
/// the start ([org.teavm.interop.StaticInit]), as TeaVM takes a class that a try block initializes for initialized
/// in its catch block too. There is no record pattern, as javac puts its accessors into a try block, which is a
/// setjmp in C. And no object's address is kept while Java allocates, as the collector moves objects.
@NullMarked
package org.opensuse.containersnap.client.wire;

import org.jspecify.annotations.NullMarked;
