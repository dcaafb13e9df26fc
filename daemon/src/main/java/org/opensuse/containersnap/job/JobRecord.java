package org.opensuse.containersnap.job;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// What is kept of a job.
///
/// @param startedBy user ID of the caller
/// @param phase what it was doing, of a job that has not ended or was interrupted
/// @param bytesTotal empty as long as it is not known
/// @param ended empty of a job that has not ended
/// @param error why it failed or was cancelled or interrupted
/// @param result of a job that succeeded
public record JobRecord(
        long id,
        JobRequest request,
        long startedBy,
        Instant started,
        JobState state,
        String phase,
        long bytesDone,
        OptionalLong bytesTotal,
        Optional<Instant> ended,
        Optional<JobError> error,
        JobResult result) {
    /// Why a job did not do what was asked.
    ///
    /// @param name of the error on the bus
    /// @param line for people
    /// @param data numbers under the keys of the contract
    public record JobError(String name, String line, Map<String, Long> data) {
        public JobError {
            data = Map.copyOf(data);
        }

        /// One that the line says all about.
        public JobError(String name, String line) {
            this(name, line, Map.of());
        }
    }
}
