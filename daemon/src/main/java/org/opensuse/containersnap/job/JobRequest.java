package org.opensuse.containersnap.job;

import java.util.Optional;

/// What a caller asked for. Two calls are the same when these are equal, so what else the call's options say belongs
/// here too.
///
/// @param target what it is about in its canonical form: a reference in full, a source, an image as given, the
///     origin that a check asks about, what a prune keeps
/// @param cancelOnDisconnect whether the job is cancelled when the caller leaves
/// @param id empty when the caller gave none
public record JobRequest(JobType type, String target, boolean cancelOnDisconnect, Optional<RequestId> id) {
    /// For a line: such as `pull of docker://a.b/c:1`.
    public String what() {
        return type == JobType.PRUNE ? type + " with " + target : type + " of " + target;
    }
}
