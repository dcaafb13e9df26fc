package org.opensuse.containersnap.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.btrfs.BtrfsSubvolumes;
import org.opensuse.containersnap.job.JobRecord;
import org.opensuse.containersnap.job.JobRequest;
import org.opensuse.containersnap.job.JobResult;
import org.opensuse.containersnap.job.JobState;
import org.opensuse.containersnap.job.JobType;
import org.opensuse.containersnap.job.RequestId;
import org.opensuse.containersnap.lab.LoopBtrfs;
import org.opensuse.containersnap.snapshot.Failure;

/// What is kept of jobs when the power goes, on a real file system.
class JsonJobRecordsIT {
    @RegisterExtension
    final LoopBtrfs btrfs = new LoopBtrfs(256);

    @Test
    void aJobThatWasToldStaysWhenThePowerGoesAfterANoteOfHowFarItIs() throws Failure, IOException {
        BtrfsSubvolumes subvolumes = new BtrfsSubvolumes(btrfs.path());
        JsonJobRecords records = new JsonJobRecords(btrfs.path().resolve("jobs"), subvolumes::force);
        records.write(job("waiting"));
        records.note(job("pulling"));

        // As podman does it all the time.
        subvolumes.force(Files.writeString(btrfs.path().resolve("others"), "synced"));

        try (LoopBtrfs afterPowerCut = btrfs.copy()) {
            Path kept = afterPowerCut.path().resolve("jobs");
            assertThat(new JsonJobRecords(kept, _ -> {}).all()).containsExactly(job("pulling"));
        }
    }

    private static JobRecord job(String phase) {
        return new JobRecord(
                7,
                new JobRequest(JobType.PULL, "docker://localhost/os:1", false, Optional.of(new RequestId("nightly"))),
                0,
                Instant.parse("2026-11-02T03:00:00Z"),
                JobState.RUNNING,
                phase,
                0,
                OptionalLong.empty(),
                Optional.empty(),
                Optional.empty(),
                JobResult.NONE);
    }
}
