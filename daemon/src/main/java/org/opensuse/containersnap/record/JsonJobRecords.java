package org.opensuse.containersnap.record;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.opensuse.containersnap.job.JobRecord;
import org.opensuse.containersnap.job.JobRecord.JobError;
import org.opensuse.containersnap.job.JobRecords;
import org.opensuse.containersnap.job.JobRequest;
import org.opensuse.containersnap.job.JobResult;
import org.opensuse.containersnap.job.JobState;
import org.opensuse.containersnap.job.JobType;
import org.opensuse.containersnap.job.RequestId;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// [JobRecords] as JSON files in a directory, `<job's number>.json`.
///
/// Each file is synced before it gets its name, a note too. In a directory that was synced, btrfs logs a renamed file
/// as empty unless it was synced itself; the next sync of any other file makes that durable in place of the record.
public final class JsonJobRecords implements JobRecords {
    private static final Logger log = LoggerFactory.getLogger(JsonJobRecords.class);

    private static final long LARGEST_USER_ID = 0xFFFF_FFFEL;
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

    /// The keys of a result whose lists have image IDs.
    private static final Set<String> OF_IMAGES = Set.of("images", "deleted");

    private final RecordDirectory jobs;
    private final Sync sync;

    public JsonJobRecords(Path directory, Sync sync) {
        jobs = new RecordDirectory(directory, sync::of);
        this.sync = sync;
    }

    @Override
    public List<JobRecord> all() throws Failure {
        jobs.clear();
        List<JobRecord> all = new ArrayList<>();
        for (long id : ids()) {
            find(id).ifPresent(all::add);
        }
        all.sort(Comparator.comparingLong(JobRecord::id));
        return all;
    }

    @Override
    public long highestId() throws Failure {
        return ids().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    @Override
    public void write(JobRecord job) throws Failure {
        boolean written = false;
        try {
            note(job);
            sync.of(jobs.path());
            written = true;
        } finally {
            if (!written && !job.state().ended()) {
                jobs.remove(Long.toString(job.id()));
            }
        }
    }

    @Override
    public void note(JobRecord job) throws Failure {
        jobs.write(Long.toString(job.id()), json(job));
    }

    private static ObjectNode json(JobRecord job) {
        ObjectNode node = RecordDirectory.object()
                .put("operation", job.request().type().toString())
                .put("target", job.request().target())
                .put("started_by", job.startedBy())
                .put("started", job.started().toString())
                .put("state", job.state().toString())
                .put("phase", job.phase())
                .put("bytes_done", job.bytesDone());
        if (job.request().cancelOnDisconnect()) {
            node.put("cancel_on_disconnect", true);
        }
        job.request().id().ifPresent(request -> node.put("request_id", request.toString()));
        job.bytesTotal().ifPresent(total -> node.put("bytes_total", total));
        job.ended().ifPresent(ended -> node.put("ended", ended.toString()));
        job.error().ifPresent(error -> {
            ObjectNode data = node.putObject("error")
                    .put("name", error.name())
                    .put("line", error.line())
                    .putObject("data");
            error.data().forEach(data::put);
        });
        ObjectNode result = node.putObject("result");
        job.result().lists().forEach((key, names) -> {
            ArrayNode array = result.putArray(key);
            names.forEach(array::add);
        });
        ObjectNode tables = node.putObject("tables");
        job.result().tables().forEach((key, rows) -> {
            ArrayNode array = tables.putArray(key);
            rows.forEach(row -> row.forEach(array.addObject()::put));
        });
        return node;
    }

    @Override
    public void remove(long id) throws Failure {
        jobs.remove(Long.toString(id));
    }

    private List<Long> ids() throws Failure {
        return jobs.names().stream()
                .filter(name -> name.matches("[1-9]\\d{0,14}"))
                .map(Long::valueOf)
                .toList();
    }

    private Optional<JobRecord> find(long id) {
        try {
            return jobs.read(Long.toString(id), fields -> read(id, fields));
        } catch (Failure e) {
            log.atWarn()
                    .addKeyValue(Key.JOB, id)
                    .addKeyValue(Key.ERROR, e.line())
                    .log("can't read what is kept of a job");
            return Optional.empty();
        }
    }

    private static JobRecord read(long id, Fields fields) throws DamagedRecord {
        try {
            return new JobRecord(
                    id,
                    request(fields),
                    userId(fields),
                    moment(fields.requiredText("started")),
                    JobState.of(fields.requiredText("state")),
                    fields.requiredText("phase"),
                    fields.number("bytes_done"),
                    fields.has("bytes_total") ? OptionalLong.of(fields.number("bytes_total")) : OptionalLong.empty(),
                    fields.text("ended").map(JsonJobRecords::moment),
                    error(fields.object("error")),
                    new JobResult(lists(fields.object("result")), tables(fields.object("tables"))));
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new DamagedRecord(String.valueOf(e.getMessage()));
        }
    }

    private static long userId(Fields fields) throws DamagedRecord {
        long uid = fields.number("started_by");
        if (uid > LARGEST_USER_ID) {
            throw new DamagedRecord("\"started_by\" is no user ID");
        }
        return uid;
    }

    /// @throws DateTimeException when it is none that can be told in microseconds
    private static Instant moment(String text) {
        Instant moment = Instant.parse(text);
        if (moment.isBefore(Instant.EPOCH) || moment.isAfter(LATEST)) {
            throw new DateTimeException(text + " is no time of a job");
        }
        return moment;
    }

    private static JobRequest request(Fields fields) throws DamagedRecord {
        return new JobRequest(
                JobType.of(fields.requiredText("operation")),
                fields.requiredText("target"),
                fields.has("cancel_on_disconnect") && fields.flag("cancel_on_disconnect"),
                fields.text("request_id").map(RequestId::new));
    }

    private static Optional<JobError> error(Fields fields) throws DamagedRecord {
        Optional<String> name = fields.text("name");
        return name.isEmpty()
                ? Optional.empty()
                : Optional.of(new JobError(name.get(), fields.requiredText("line"), numbers(fields.object("data"))));
    }

    private static Map<String, Long> numbers(Fields fields) throws DamagedRecord {
        Map<String, Long> numbers = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : fields.node().properties()) {
            numbers.put(entry.getKey(), fields.number(entry.getKey()));
        }
        return numbers;
    }

    private static Map<String, List<String>> lists(Fields fields) throws DamagedRecord {
        Map<String, List<String>> lists = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : fields.node().properties()) {
            List<String> names = new ArrayList<>();
            entry.getValue().forEach(name -> names.add(name.asText("")));
            lists.put(entry.getKey(), names);
        }
        for (String key : OF_IMAGES) {
            if (!lists.getOrDefault(key, List.of()).stream().allMatch(ImageId::isValid)) {
                throw new DamagedRecord("\"" + key + "\" has what is no image ID");
            }
        }
        return lists;
    }

    private static Map<String, List<Map<String, String>>> tables(Fields fields) {
        Map<String, List<Map<String, String>>> tables = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : fields.node().properties()) {
            List<Map<String, String>> rows = new ArrayList<>();
            for (JsonNode node : entry.getValue()) {
                Map<String, String> row = new LinkedHashMap<>();
                node.properties()
                        .forEach(cell -> row.put(cell.getKey(), cell.getValue().asText("")));
                rows.add(row);
            }
            tables.put(entry.getKey(), rows);
        }
        return tables;
    }
}
