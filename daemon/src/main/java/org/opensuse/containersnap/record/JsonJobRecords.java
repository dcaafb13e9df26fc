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
import org.opensuse.containersnap.job.JobRecord;
import org.opensuse.containersnap.job.JobRecord.JobError;
import org.opensuse.containersnap.job.JobRecords;
import org.opensuse.containersnap.job.JobRequest;
import org.opensuse.containersnap.job.JobState;
import org.opensuse.containersnap.job.JobType;
import org.opensuse.containersnap.job.RequestId;
import org.opensuse.containersnap.snapshot.Failure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// [JobRecords] as JSON files in a directory, `<job's number>.json`.
public final class JsonJobRecords implements JobRecords {
    private static final Logger log = LoggerFactory.getLogger(JsonJobRecords.class);

    private final RecordDirectory jobs;
    private final Sync sync;

    public JsonJobRecords(Path directory, WriteBack writeBack, Sync sync) {
        jobs = new RecordDirectory(directory, writeBack);
        this.sync = sync;
    }

    @Override
    public List<JobRecord> all() throws Failure {
        jobs.clear();
        List<JobRecord> all = new ArrayList<>();
        for (String name : jobs.names()) {
            if (name.matches("[1-9]\\d{0,17}")) {
                find(Long.parseLong(name)).ifPresent(all::add);
            }
        }
        all.sort(Comparator.comparingLong(JobRecord::id));
        return all;
    }

    @Override
    public void write(JobRecord job) throws Failure {
        note(job);
        boolean durable = false;
        try {
            sync.of(jobs.path());
            durable = true;
        } finally {
            if (!durable && !job.state().ended()) {
                jobs.remove(Long.toString(job.id()));
            }
        }
    }

    @Override
    public void note(JobRecord job) throws Failure {
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
        job.error()
                .ifPresent(error ->
                        node.putObject("error").put("name", error.name()).put("line", error.line()));
        ObjectNode result = node.putObject("result");
        job.result().forEach((key, names) -> {
            ArrayNode array = result.putArray(key);
            names.forEach(array::add);
        });
        jobs.write(Long.toString(job.id()), node);
    }

    @Override
    public void remove(long id) throws Failure {
        jobs.remove(Long.toString(id));
    }

    private Optional<JobRecord> find(long id) {
        try {
            return jobs.read(Long.toString(id)).flatMap(node -> read(id, node));
        } catch (Failure e) {
            log.warn("ignoring a record that can't be read job={} reason={}", id, e.line());
            return Optional.empty();
        }
    }

    private static Optional<JobRecord> read(long id, JsonNode node) {
        try {
            return Optional.of(new JobRecord(
                    id,
                    request(node),
                    node.path("started_by").asLong(),
                    Instant.parse(node.path("started").asText("")),
                    JobState.of(node.path("state").asText("")),
                    node.path("phase").asText(""),
                    node.path("bytes_done").asLong(),
                    node.has("bytes_total")
                            ? OptionalLong.of(node.path("bytes_total").asLong())
                            : OptionalLong.empty(),
                    RecordDirectory.text(node, "ended").map(Instant::parse),
                    RecordDirectory.text(node.path("error"), "name")
                            .map(name -> new JobError(
                                    name, node.path("error").path("line").asText(""))),
                    lists(node.path("result"))));
        } catch (IllegalArgumentException | DateTimeException e) {
            log.warn("ignoring a damaged record job={} reason={}", id, e.getMessage());
            return Optional.empty();
        }
    }

    private static JobRequest request(JsonNode node) {
        return new JobRequest(
                JobType.of(node.path("operation").asText("")),
                node.path("target").asText(""),
                node.path("cancel_on_disconnect").asBoolean(),
                RecordDirectory.text(node, "request_id").map(RequestId::new));
    }

    private static Map<String, List<String>> lists(JsonNode node) {
        Map<String, List<String>> lists = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            List<String> names = new ArrayList<>();
            entry.getValue().forEach(name -> names.add(name.asText("")));
            lists.put(entry.getKey(), names);
        }
        return lists;
    }
}
