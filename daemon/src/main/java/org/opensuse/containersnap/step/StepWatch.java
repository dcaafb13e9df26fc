package org.opensuse.containersnap.step;

import org.opensuse.containersnap.snapshot.Failure;

/// Hears of the steps of operations, on the thread that does them.
public interface StepWatch {
    /// Nobody who listens.
    StepWatch NONE = new StepWatch() {
        @Override
        public void next(String operation, String step) {}

        @Override
        public void done(String operation) {}
    };

    /// Takes note of the step that is done next.
    ///
    /// @throws Failure to have it fail instead
    void next(String operation, String step) throws Failure, InterruptedException;

    /// Takes note that all steps of an operation are done, which nothing can change any more.
    void done(String operation);
}
