package org.opensuse.containersnap.polkit;

import java.util.Map;
import org.opensuse.containersnap.snapshot.Failure.AccessDenied;
import org.opensuse.containersnap.snapshot.Failure.InteractiveAuthorizationRequired;
import org.opensuse.containersnap.snapshot.Failure.LimitsExceeded;

/// Decides whether a caller may do something. Asked after the arguments were read and before anything is looked at.
@FunctionalInterface
public interface Authority extends AutoCloseable {
    /// Returns when the caller may. Waits for a person where one has to be asked.
    ///
    /// @param details what it would be done to, for rules to look up: `reference`, `image` or `snapshot`
    /// @throws AccessDenied when the caller may not, or left the bus while a person was asked
    /// @throws InteractiveAuthorizationRequired when a person would have to be asked, which they don't allow
    /// @throws LimitsExceeded when too many questions of the caller are open
    void require(Caller caller, Operation operation, Map<String, String> details)
            throws AccessDenied, InteractiveAuthorizationRequired, LimitsExceeded;

    /// Ends the open questions, as if the answer were no.
    @Override
    default void close() {}
}
