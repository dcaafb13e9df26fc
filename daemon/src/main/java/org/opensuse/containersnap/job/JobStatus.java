package org.opensuse.containersnap.job;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.opensuse.containersnap.job.JobRecord.JobError;

/// What is known of a job at one moment.
///
/// @param phase a keyword; empty before the job runs and after it ended, unless it was interrupted
/// @param bytesTotal empty as long as it is not known
/// @param rate bytes per second
/// @param error why it failed, was cancelled or was interrupted
/// @param result of a job that succeeded
public record JobStatus(
        JobState state,
        String phase,
        long bytesDone,
        OptionalLong bytesTotal,
        long rate,
        boolean cancelable,
        Optional<Instant> ended,
        Optional<JobError> error,
        JobResult result) {
    static JobStatus queued() {
        return new JobStatus(
                JobState.QUEUED,
                "",
                0,
                OptionalLong.empty(),
                0,
                true,
                Optional.empty(),
                Optional.empty(),
                JobResult.NONE);
    }

    static JobStatus of(JobRecord job) {
        return new JobStatus(
                job.state(),
                job.phase(),
                job.bytesDone(),
                job.bytesTotal(),
                0,
                false,
                job.ended(),
                job.error(),
                job.result());
    }

    /// Of a job whose service ended before it did. The phase stays: it says what the job was doing.
    JobStatus interrupted(Instant when, JobError why) {
        return new JobStatus(
                JobState.INTERRUPTED,
                phase,
                bytesDone,
                bytesTotal,
                0,
                false,
                Optional.of(when),
                Optional.of(why),
                JobResult.NONE);
    }

    /// Share of the work done, when the total is known.
    public Optional<Double> progress() {
        if (state == JobState.SUCCEEDED) {
            return Optional.of(1.0);
        }
        return bytesTotal.isPresent() && bytesTotal.getAsLong() > 0
                ? Optional.of(Math.min(1.0, (double) bytesDone / bytesTotal.getAsLong()))
                : Optional.empty();
    }

    JobStatus running() {
        return new JobStatus(JobState.RUNNING, phase, bytesDone, bytesTotal, rate, cancelable, ended, error, result);
    }

    JobStatus moved(String newPhase, long newBytesDone, OptionalLong newBytesTotal, long newRate) {
        return new JobStatus(state, newPhase, newBytesDone, newBytesTotal, newRate, cancelable, ended, error, result);
    }

    JobStatus cancelable(boolean whether) {
        return new JobStatus(state, phase, bytesDone, bytesTotal, rate, whether, ended, error, result);
    }

    JobStatus succeeded(Instant when, JobResult made) {
        return new JobStatus(
                JobState.SUCCEEDED, "", bytesDone, bytesTotal, 0, false, Optional.of(when), Optional.empty(), made);
    }

    JobStatus failed(JobState how, Instant when, JobError why) {
        return new JobStatus(
                how, "", bytesDone, bytesTotal, 0, false, Optional.of(when), Optional.of(why), JobResult.NONE);
    }
}
