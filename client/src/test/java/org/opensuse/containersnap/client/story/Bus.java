package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Lab.Result;

/// The service as programs other than the client see it: on the bus, called with the tools of other people.
record Bus(Lab lab) {
    static final String ERROR = Machine.BUS_NAME + ".Error.";
    static final String STANDARD_ERROR = "org.freedesktop.DBus.Error.";

    /// Path of a snapshot's object.
    static String pathOf(String snapshot) {
        return Machine.TOP + "/snapshot/" + snapshot.replace('-', '_');
    }

    /// Whether the service runs; asking does not start it.
    boolean serviceRuns() {
        return lab.run(
                        "busctl",
                        "call",
                        "org.freedesktop.DBus",
                        "/",
                        "org.freedesktop.DBus",
                        "NameHasOwner",
                        "s",
                        Machine.BUS_NAME)
                .line()
                .equals("b true");
    }

    /// Asks the service to stop, as a shutdown does.
    void stopService() {
        signalService("-TERM");
    }

    /// Kills the service and waits until the bus knows.
    void killService() {
        signalService("-KILL");
        Await.until("the end of the service on the bus", () -> !serviceRuns());
    }

    private void signalService(String signal) {
        lab.bash(
                        "pid=$(busctl call org.freedesktop.DBus / org.freedesktop.DBus GetConnectionUnixProcessID s \"$1\"); "
                                + "kill \"$2\" \"${pid#u }\"",
                        Machine.BUS_NAME,
                        signal)
                .ok();
    }

    /// Calls a method of the manager.
    ///
    /// @param arguments as gdbus reads them, see [#text]
    Result manager(String method, String... arguments) {
        return call(Machine.TOP, "Manager." + method, arguments);
    }

    /// Calls a method of an object.
    ///
    /// @param member below the service's name, such as `Job.Cancel`
    Result call(String path, String member, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "gdbus",
                "call",
                "--system",
                "-d",
                Machine.BUS_NAME,
                "-o",
                path,
                "-m",
                Machine.BUS_NAME + "." + member));
        command.addAll(Arrays.asList(arguments));
        return lab.run(command.toArray(String[]::new));
    }

    /// A text as gdbus reads it as an argument.
    static String text(String value) {
        StringBuilder quoted = new StringBuilder("'");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' || c > '~' || c == '\'' || c == '\\') {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('\'').toString();
    }

    /// That a call was refused under this name, with one line.
    static void assertRefused(Result result, String error, String... why) {
        assertThat(result.status()).as(result.out()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        // gdbus adds a line about the signature to InvalidArgs.
        String line = result.err().replaceFirst("\\(According to introspection data, .*\\)\n$", "");
        assertThat(line).startsWith("Error: GDBus.Error:" + error + ": ").hasLineCount(1);
        for (String words : why) {
            assertThat(line).contains(words);
        }
    }

    /// Starts a pull.
    Job pull(String reference) {
        return job(manager("Pull", text(reference), "{}"));
    }

    /// Starts a load.
    Job load(String source) {
        return job(manager("Load", text(source), "{}"));
    }

    /// The job whose path was replied.
    Job job(Result reply) {
        return new Job(lab, reply.line().replaceFirst(".*'(.*)'.*", "$1"));
    }

    /// The job that was accepted last.
    Job lastJob() {
        List<String> jobs = jobs();
        assertThat(jobs).isNotEmpty();
        return new Job(lab, jobs.getLast());
    }

    /// The paths of the jobs, as ListJobs gives them.
    List<String> jobs() {
        return lab.bash(
                        "gdbus call --system -d \"$1\" -o \"$2\" -m \"$1.Manager.ListJobs\" '{}' "
                                + "| { grep -oE \"$2/job/[0-9]+'\" || true; } | tr -d \"'\"",
                        Machine.BUS_NAME,
                        Machine.TOP)
                .ok()
                .lines()
                .toList();
    }

    /// A job of the service.
    record Job(Lab lab, String path) {
        /// A property as busctl prints it without its type: texts in quotes, others plain.
        String get(String property) {
            return lab.run("busctl", "get-property", Machine.BUS_NAME, path, Machine.BUS_NAME + ".Job", property)
                    .line()
                    .replaceFirst("^\\S+ ", "");
        }

        long number(String property) {
            return Long.parseLong(get(property));
        }

        String state() {
            return get("State").replace("\"", "");
        }

        /// Waits until the job has ended and tells its state.
        String end() {
            Await.until("end of " + path, () -> number("EndTime") != 0);
            return state();
        }

        Result cancel() {
            return new Bus(lab).call(path, "Job.Cancel", "{}");
        }
    }
}
