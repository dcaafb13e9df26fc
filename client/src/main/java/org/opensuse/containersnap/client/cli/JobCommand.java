package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.JobRun;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Properties;
import org.opensuse.containersnap.client.wire.Property;
import org.opensuse.containersnap.client.wire.Value;

/// The part of a command that waits for a job's end and says how it was.
final class JobCommand {
    private static final String IMAGES = "images";

    private JobCommand() {}

    /// Runs a job that brings images: shows how far it is and prints their IDs.
    static void bringImages(Session session, String what, String label, Method method, Value... arguments)
            throws BusFailure, CommandFailed {
        ProgressReport report = new ProgressReport(session.host(), label);
        JobRun.End end;
        try {
            end = new JobRun(session.bus(), session.host(), report).run(method, arguments);
        } finally {
            report.clear();
        }
        for (String image : result(session, what, end).texts(IMAGES)) {
            session.line(image);
        }
    }

    /// Runs a job without showing how far it is, and gives what it says at its end.
    static Properties run(Session session, String what, Method method, Value... arguments)
            throws BusFailure, CommandFailed {
        return result(session, what, new JobRun(session.bus(), session.host(), _ -> {}).run(method, arguments));
    }

    /// Runs a job, shows how far it is, and gives what it says at its end.
    static Properties resultOf(Session session, String what, String label, Method method, Value... arguments)
            throws BusFailure, CommandFailed {
        ProgressReport report = new ProgressReport(session.host(), label);
        try {
            return result(session, what, new JobRun(session.bus(), session.host(), report).run(method, arguments));
        } finally {
            report.clear();
        }
    }

    private static Properties result(Session session, String what, JobRun.End end) throws BusFailure, CommandFailed {
        Properties job = end.job();
        String state = job.text(Property.JOB_STATE);
        if (state.equals("cancelled")) {
            String why = job.text(Property.JOB_ERROR_MESSAGE);
            throw new CommandFailed(why.isEmpty() ? what + " was cancelled; see journalctl -u container-snapd" : why);
        }
        if (!state.equals("succeeded")) {
            throw failure(what, job, state);
        }
        if (end.interrupted()) {
            session.note("too late to cancel, it is done: " + what);
        }
        return job.properties(Property.JOB_RESULT);
    }

    private static BusFailure failure(String what, Properties job, String state) throws CommandFailed {
        String name = job.text(Property.JOB_ERROR_NAME);
        if (name.isEmpty()) {
            throw new CommandFailed(what + " ended as \"" + state + "\"; see journalctl -u container-snapd");
        }
        return new BusFailure.Answered(name, job.text(Property.JOB_ERROR_MESSAGE), false);
    }
}
