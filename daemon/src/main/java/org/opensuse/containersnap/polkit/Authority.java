package org.opensuse.containersnap.polkit;

import java.util.Map;
import org.opensuse.containersnap.snapshot.Failure.AccessDenied;

/// Decides whether a caller may do something. Asked after the arguments were read and before anything is looked at.
@FunctionalInterface
public interface Authority {
    /// Returns when the caller may.
    ///
    /// @param details what the action would be done to, such as `reference`, `image`, `snapshot`, `operation`
    /// @throws AccessDenied when not
    void require(Caller caller, Action action, Map<String, String> details) throws AccessDenied;

    /// Lets only root change anything.
    static Authority rootOnly() {
        return (caller, action, _) -> {
            if (!caller.root()) {
                throw new AccessDenied("user " + caller.uid() + " may not " + action.words() + "; only root may");
            }
        };
    }
}
