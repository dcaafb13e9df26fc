package org.opensuse.containersnap.job;

import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.opensuse.containersnap.job.JobRecord.JobError;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.step.StepWatch;

/// What jobs work with.
///
/// @param listener hears of them when it is durable
/// @param errorName what a failure is called on the bus
/// @param watch hears of the steps
record JobContext(
        Clock clock, JobListener listener, JobRecords records, Function<Failure, String> errorName, StepWatch watch) {
    JobError error(Failure failure) {
        return new JobError(errorName.apply(failure), failure.line(), data(failure));
    }

    private static Map<String, Long> data(Failure failure) {
        Map<String, Long> data = new HashMap<>();
        if (failure instanceof NoSpace noSpace) {
            noSpace.bytesNeeded().ifPresent(bytes -> data.put("bytes_needed", bytes));
            noSpace.bytesFree().ifPresent(bytes -> data.put("bytes_free", bytes));
        }
        return data;
    }
}
