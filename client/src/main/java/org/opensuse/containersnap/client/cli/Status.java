package org.opensuse.containersnap.client.cli;

import java.util.ArrayList;
import java.util.List;
import org.opensuse.containersnap.client.wire.Bus;
import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Names;
import org.opensuse.containersnap.client.wire.Properties;
import org.opensuse.containersnap.client.wire.Property;
import org.opensuse.containersnap.client.wire.Value;

/// Shows what is booted, what the next boot takes and why, where a rollback goes, what is on trial, what is pinned,
/// what is known of an update and which jobs run.
record Status(boolean json) implements Command {
    static final String HELP = """
            Shows what is booted, what the next boot takes and what chose it, where a rollback
            goes, whether a new system is on trial or has failed in it, which snapshots are
            pinned, what "container-snap update --check" was told last, and which jobs run.

            Options:
              --json   as JSON; the manual page tells the keys

            Example:
              container-snap status
            """;

    private static final String INDENT = "           ";

    static Status parse(Words words) throws UsageError {
        words.noOperands();
        return new Status(words.has(Option.JSON));
    }

    @Override
    public void run(Session session) throws BusFailure {
        Bus bus = session.bus();
        Properties manager =
                bus.call(Method.GET_PROPERTIES, Value.of(Names.MANAGER)).properties();
        List<Properties> jobs = running(Listed.objects(bus.call(Method.LIST_JOBS, Value.noOptions())));
        List<Properties> snapshots = Listed.objects(bus.call(Method.LIST_SNAPSHOTS, Value.noOptions()));
        if (json) {
            session.document(json(manager, snapshots, jobs));
        } else {
            boots(session, manager, snapshots);
            rollback(session, manager, snapshots);
            Trial.show(session, manager);
            pinned(session, snapshots);
            Update.show(session, manager);
            jobs(session, jobs);
        }
    }

    private static List<Properties> running(List<Properties> jobs) {
        List<Properties> running = new ArrayList<>();
        for (Properties job : jobs) {
            if (job.number(Property.JOB_END_TIME) == 0) {
                running.add(job);
            }
        }
        return running;
    }

    private static void boots(Session session, Properties manager, List<Properties> snapshots) {
        String booted = manager.text(Property.BOOTED_SNAPSHOT);
        session.line("booted     " + named(booted, manager.text(Property.BOOTED_SUBVOLUME)));
        details(session, booted, snapshots);
        if (!manager.on(Property.REBOOT_NEEDED)) {
            session.line("next boot  the same");
            return;
        }
        String next = manager.text(Property.DEFAULT_SNAPSHOT);
        session.line("next boot  " + named(next, manager.text(Property.DEFAULT_SUBVOLUME)));
        details(session, next, snapshots);
        session.line(INDENT + why(session, manager) + ": reboot to use it");
    }

    private static String why(Session session, Properties manager) {
        String by = switch (manager.text(Property.DEFAULT_CHOSEN_BY)) {
            case "" -> "";
            case "update" -> "an update";
            case "automatic-update" -> "an automatic update";
            case "deploy" -> "a deployment";
            case "switch" -> "a switch";
            case "rollback" -> "a rollback";
            case String other -> other;
        };
        return by.isEmpty()
                ? "differs from what is booted"
                : "chosen by " + by + " "
                        + when(session, UtcTime.ofMicroseconds(manager.number(Property.DEFAULT_CHOSEN_TIME)));
    }

    private static String when(Session session, UtcTime time) {
        String age = Age.text(session.host().epochSeconds() - time.seconds());
        return time.minuteText() + (age.isEmpty() ? "" : " (" + age + ")");
    }

    private static void rollback(Session session, Properties manager, List<Properties> snapshots) {
        if (!manager.on(Property.ROLLBACK_AVAILABLE)) {
            session.line("rollback   none");
            return;
        }
        String back = manager.text(Property.ROLLBACK_SNAPSHOT);
        session.line("rollback   " + named(back, manager.text(Property.ROLLBACK_SUBVOLUME)));
        details(session, back, snapshots);
    }

    private static void pinned(Session session, List<Properties> snapshots) {
        String before = "pinned     ";
        for (String id : pinned(snapshots)) {
            session.line(before + id);
            details(session, id, snapshots);
            before = INDENT;
        }
    }

    private static List<String> pinned(List<Properties> snapshots) {
        List<String> pinned = new ArrayList<>();
        for (Properties snapshot : snapshots) {
            if (snapshot.on(Property.SNAPSHOT_PINNED)) {
                pinned.add(snapshot.text(Property.SNAPSHOT_ID));
            }
        }
        return pinned;
    }

    private static String named(String snapshot, String subvolume) {
        return snapshot.isEmpty() ? Subvolume.named(subvolume) + " (not a container-snap snapshot)" : snapshot;
    }

    private static void details(Session session, String id, List<Properties> snapshots) {
        for (Properties snapshot : snapshots) {
            if (snapshot.text(Property.SNAPSHOT_ID).equals(id)) {
                String origin = snapshot.text(Property.SNAPSHOT_ORIGIN);
                String version = snapshot.text(Property.SNAPSHOT_VERSION);
                session.line(INDENT
                        + (origin.isEmpty() ? "" : origin + ", ")
                        + (version.isEmpty() ? "" : "version " + version + ", ")
                        + "made "
                        + when(session, UtcTime.ofMicroseconds(snapshot.number(Property.SNAPSHOT_CREATION_TIME)))
                        + (snapshot.on(Property.SNAPSHOT_READ_ONLY) ? ", read-only" : ""));
            }
        }
    }

    private static void jobs(Session session, List<Properties> jobs) {
        if (jobs.isEmpty()) {
            session.line("jobs       none");
            return;
        }
        String before = "jobs       ";
        for (Properties job : jobs) {
            session.line(before + job.text(Property.JOB_OPERATION) + " " + job.text(Property.JOB_TARGET) + "  "
                    + Progress.text(job));
            before = INDENT;
        }
    }

    /// Whether the status says anything of it.
    private static boolean isNamed(Properties snapshot, Properties manager) {
        String id = snapshot.text(Property.SNAPSHOT_ID);
        return snapshot.on(Property.SNAPSHOT_PINNED)
                || id.equals(manager.text(Property.BOOTED_SNAPSHOT))
                || id.equals(manager.text(Property.DEFAULT_SNAPSHOT))
                || id.equals(manager.text(Property.ROLLBACK_SNAPSHOT))
                || id.equals(manager.properties(Property.TRIAL).text("snapshot"));
    }

    private static Json json(Properties manager, List<Properties> snapshots, List<Properties> jobs) {
        Json json = new Json()
                .object()
                .member("version", manager.text(Property.VERSION))
                .member("booted_snapshot", manager.text(Property.BOOTED_SNAPSHOT))
                .text("booted_subvolume", manager.text(Property.BOOTED_SUBVOLUME))
                .member("default_snapshot", manager.text(Property.DEFAULT_SNAPSHOT))
                .text("default_subvolume", manager.text(Property.DEFAULT_SUBVOLUME))
                .member("rollback_snapshot", manager.text(Property.ROLLBACK_SNAPSHOT));
        if (manager.on(Property.ROLLBACK_AVAILABLE)) {
            json.text("rollback_subvolume", manager.text(Property.ROLLBACK_SUBVOLUME));
        } else {
            json.member("rollback_subvolume", "");
        }
        String chosenBy = manager.text(Property.DEFAULT_CHOSEN_BY);
        json.member("reboot_needed", manager.on(Property.REBOOT_NEEDED))
                .member("default_chosen_by", chosenBy)
                .member(
                        "default_chosen",
                        chosenBy.isEmpty()
                                ? ""
                                : UtcTime.ofMicroseconds(manager.number(Property.DEFAULT_CHOSEN_TIME))
                                        .isoText())
                .member("pinned", pinned(snapshots));
        if (Trial.known(manager)) {
            Trial.describe(json.object("trial"), manager).endObject();
        } else {
            json.member("trial", "");
        }
        if (Update.known(manager)) {
            Update.describe(json.object("update"), manager).endObject();
        } else {
            json.member("update", "");
        }
        json.array("snapshots");
        for (Properties snapshot : snapshots) {
            if (isNamed(snapshot, manager)) {
                ListSnapshots.describe(json.object(), snapshot).endObject();
            }
        }
        json.endArray().array("jobs");
        for (Properties job : jobs) {
            json.object();
            ListJobs.running(json, job).endObject();
        }
        return json.endArray().endObject();
    }
}
