package org.opensuse.containersnap.job;

import java.util.List;
import java.util.Map;
import org.opensuse.containersnap.snapshot.Failure;

/// What a job does, on a thread of its own, which is interrupted to cancel it.
@FunctionalInterface
public interface JobWork {
    /// Does it.
    ///
    /// @param job to tell how far it is
    /// @return what it made: lists of names under the keys of the contract
    Map<String, List<String>> run(Job job) throws Failure, InterruptedException;
}
