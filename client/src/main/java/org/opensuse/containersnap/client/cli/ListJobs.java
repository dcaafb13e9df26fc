package org.opensuse.containersnap.client.cli;

import java.util.List;
import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Properties;
import org.opensuse.containersnap.client.wire.Property;
import org.opensuse.containersnap.client.wire.Value;

/// Lists the jobs that run and those that have ended.
record ListJobs(boolean json) implements Command {
    static final String HELP = """
            Lists the jobs that run and the last 50 that have ended, also before the last
            reboot, the newest last. Below a job that did not succeed stands why.

            Options:
              --json   as JSON, with more about each; the manual page tells the keys

            Example:
              container-snap jobs
            """;

    private static final String INDENT = "  ";

    static ListJobs parse(Words words) throws UsageError {
        words.noOperands();
        return new ListJobs(words.has(Option.JSON));
    }

    @Override
    public void run(Session session) throws BusFailure {
        List<Properties> jobs = Listed.objects(session.bus().call(Method.LIST_JOBS, Value.noOptions()));
        if (json) {
            session.document(json(jobs));
            return;
        }
        for (Properties job : jobs) {
            session.line(job.number(Property.JOB_ID) + INDENT
                    + UtcTime.ofMicroseconds(job.number(Property.JOB_START_TIME))
                            .minuteText() + INDENT
                    + job.text(Property.JOB_OPERATION) + " " + job.text(Property.JOB_TARGET) + INDENT
                    + (ended(job) ? job.text(Property.JOB_STATE) : Progress.text(job)));
            String error = job.text(Property.JOB_ERROR_MESSAGE);
            if (!error.isEmpty()) {
                session.line(INDENT + INDENT + error);
            }
        }
    }

    private static boolean ended(Properties job) {
        return job.number(Property.JOB_END_TIME) != 0;
    }

    private static Json json(List<Properties> jobs) {
        Json json = new Json().array();
        for (Properties job : jobs) {
            json.object();
            running(json, job)
                    .member("started", time(job, Property.JOB_START_TIME))
                    .member("ended", ended(job) ? time(job, Property.JOB_END_TIME) : "")
                    .member("started_by", job.number(Property.JOB_STARTED_BY))
                    .member("request_id", job.text(Property.JOB_REQUEST_ID))
                    .member("error", job.text(Property.JOB_ERROR_NAME))
                    .member("error_message", job.text(Property.JOB_ERROR_MESSAGE))
                    .object("error_data");
            Properties data = job.properties(Property.JOB_ERROR_DATA);
            for (String key : data.keys()) {
                json.member(key, data.number(key));
            }
            json.endObject().object("result");
            Properties result = job.properties(Property.JOB_RESULT);
            for (String key : result.keys()) {
                result(json, key, result);
            }
            json.endObject().endObject();
        }
        return json.endArray();
    }

    private static void result(Json json, String key, Properties result) {
        List<Properties> rows = result.rows(key);
        if (rows.isEmpty()) {
            json.member(key, result.texts(key));
            return;
        }
        json.array(key);
        for (Properties row : rows) {
            json.object();
            for (String column : row.keys()) {
                json.member(column, row.text(column));
            }
            json.endObject();
        }
        json.endArray();
    }

    /// What there is to say of a job that runs.
    static Json running(Json json, Properties job) {
        json.member("id", job.number(Property.JOB_ID))
                .member("operation", job.text(Property.JOB_OPERATION))
                .member("target", job.text(Property.JOB_TARGET))
                .member("state", job.text(Property.JOB_STATE))
                .member("phase", job.text(Property.JOB_PHASE));
        if (job.on(Property.JOB_PROGRESS_VALID)) {
            json.share("progress", job.real(Property.JOB_PROGRESS));
        } else {
            json.member("progress", "");
        }
        return json.member("bytes_done", job.number(Property.JOB_BYTES_DONE))
                .member("bytes_total", job.number(Property.JOB_BYTES_TOTAL))
                .member("rate", job.number(Property.JOB_RATE));
    }

    private static String time(Properties job, Property property) {
        return UtcTime.ofMicroseconds(job.number(property)).isoText();
    }
}
