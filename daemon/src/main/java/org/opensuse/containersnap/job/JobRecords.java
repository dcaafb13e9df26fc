package org.opensuse.containersnap.job;

import java.util.List;
import org.opensuse.containersnap.snapshot.Failure;

/// The port to the durable record of jobs.
public interface JobRecords {
    /// The records that can be read, in the order of their numbers. Damaged ones are set aside, with a warning.
    List<JobRecord> all() throws Failure;

    /// The highest number of a record, also of a damaged one that was not set aside yet; 0 when there is none.
    long highestId() throws Failure;

    /// Writes a record, durable on return. When that fails for a job that has not ended, there is none.
    void write(JobRecord job) throws Failure;

    /// Writes a record that survives this process at once, and a power cut some time later.
    void note(JobRecord job) throws Failure;

    void remove(long id) throws Failure;
}
