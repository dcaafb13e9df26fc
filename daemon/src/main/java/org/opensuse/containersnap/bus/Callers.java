package org.opensuse.containersnap.bus;

import org.opensuse.containersnap.polkit.Caller;
import org.opensuse.containersnap.snapshot.User;
import org.opensuse.containersnap.wire.Call;
import org.opensuse.containersnap.wire.Peer;
import org.opensuse.containersnap.wire.Peer.Credentials;

/// Who is behind a call.
final class Callers {
    private Callers() {}

    /// The caller of a call that is dispatched, which is not before the bus told whose it is.
    static Caller of(Call call) {
        Peer peer = call.peer();
        Credentials credentials = peer.credentials().join();
        return new Caller(
                peer.name(), new User(credentials.uid(), credentials.groups()), call.interactive(), peer.left());
    }
}
