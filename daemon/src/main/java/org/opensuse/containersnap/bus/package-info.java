/// The service on the bus: a dispatcher driven by the contract, the objects, and the boundary where a failure becomes
/// an error.
@NullMarked
package org.opensuse.containersnap.bus;

import org.jspecify.annotations.NullMarked;
