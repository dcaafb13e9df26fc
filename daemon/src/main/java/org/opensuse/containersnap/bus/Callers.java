package org.opensuse.containersnap.bus;

import org.opensuse.containersnap.polkit.Caller;
import org.opensuse.containersnap.snapshot.Failure.AccessDenied;
import org.opensuse.containersnap.wire.Call;

/// Who is behind a call, asked from the bus.
@FunctionalInterface
interface Callers {
    /// The caller, by the bus name that the bus itself put on the call.
    ///
    /// @throws AccessDenied when the caller has left the bus
    Caller of(Call call) throws AccessDenied;
}
