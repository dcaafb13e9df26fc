package org.opensuse.containersnap.bus;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensuse.containersnap.job.Job;
import org.opensuse.containersnap.job.JobRecord.JobError;
import org.opensuse.containersnap.job.JobStatus;
import org.opensuse.containersnap.job.RequestId;
import org.opensuse.containersnap.polkit.Authority;
import org.opensuse.containersnap.polkit.Caller;
import org.opensuse.containersnap.polkit.Operation;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.wire.Call;
import org.opensuse.containersnap.wire.TypedValue;

/// org.opensuse.containersnap1.Job.
final class JobObject {
    /// Keys of a job's result that name images, which have objects.
    private static final List<String> IMAGES = List.of("images");

    private final Authority authority;
    private final Binding<Job> binding;

    JobObject(Contract contract, Authority authority) {
        this.authority = authority;
        this.binding = bind(contract);
    }

    /// The object of a job.
    BusObject<Job> of(Job job) {
        return new BusObject<>(Paths.ofJob(job.id()), job, binding, false);
    }

    private Binding<Job> bind(Contract contract) {
        return Binding.<Job>of(contract.get(Contract.JOB))
                .method("Cancel", this::cancel)
                .property("Id", Job::id)
                .property("Operation", job -> job.type().toString())
                .property("Target", Job::target)
                .property("State", job -> job.status().state().toString())
                .property("Phase", job -> job.status().phase())
                .property("Progress", job -> job.status().progress().orElse(0.0))
                .property("ProgressValid", job -> job.status().progress().isPresent())
                .property("BytesDone", job -> job.status().bytesDone())
                .property("BytesTotal", job -> job.status().bytesTotal().orElse(0))
                .property("Rate", job -> job.status().rate())
                .property("StartTime", job -> SnapshotObject.microseconds(job.started()))
                .property(
                        "EndTime",
                        job -> job.status()
                                .ended()
                                .map(SnapshotObject::microseconds)
                                .orElse(0L))
                .property("StartedByUid", Job::startedBy)
                .property(
                        "RequestId",
                        job -> job.request().id().map(RequestId::toString).orElse(""))
                .property("Objects", job -> objects(job.status()))
                .property("Cancelable", job -> job.status().cancelable())
                .property(
                        "ErrorName",
                        job -> job.status().error().map(JobError::name).orElse(""))
                .property(
                        "ErrorMessage",
                        job -> job.status().error().map(JobError::line).orElse(""))
                .property("ErrorData", job -> errorData(job.status()))
                .property("Result", job -> result(job.status()))
                .build();
    }

    private List<?> cancel(Job job, Call call) throws Failure {
        Caller caller = Callers.of(call);
        Options.none(call);
        if (caller.uid() != job.startedBy()) {
            authority.require(caller, Operation.CANCEL, Map.of("job", job.type().toString(), "target", job.target()));
        }
        job.cancel();
        return List.of();
    }

    private static List<String> objects(JobStatus status) {
        List<String> paths = new ArrayList<>();
        for (String key : IMAGES) {
            for (String image : status.result().list(key)) {
                paths.add(Paths.of(new ImageId(image)));
            }
        }
        return paths;
    }

    private static Map<String, TypedValue> errorData(JobStatus status) {
        Map<String, TypedValue> data = new LinkedHashMap<>();
        status.error()
                .ifPresent(error -> error.data().forEach((key, number) -> data.put(key, new TypedValue("t", number))));
        return data;
    }

    private static TypedValue table(List<Map<String, String>> rows) {
        List<Map<String, TypedValue>> table = new ArrayList<>();
        for (Map<String, String> row : rows) {
            Map<String, TypedValue> cells = new LinkedHashMap<>();
            row.forEach((key, text) -> cells.put(key, TypedValue.of(text)));
            table.add(cells);
        }
        return new TypedValue("aa{sv}", table);
    }

    private static Map<String, TypedValue> result(JobStatus status) {
        Map<String, TypedValue> result = new LinkedHashMap<>();
        status.result().lists().forEach((key, names) -> result.put(key, new TypedValue("as", names)));
        status.result().tables().forEach((key, rows) -> result.put(key, table(rows)));
        return result;
    }
}
