package org.opensuse.containersnap.job;

import org.opensuse.containersnap.snapshot.Failure;

/// What a job does, on a thread of its own, which is interrupted to cancel it.
@FunctionalInterface
public interface JobWork {
    /// Does it.
    ///
    /// @param job to tell how far it is
    /// @return what it made
    JobResult run(Job job) throws Failure, InterruptedException;
}
