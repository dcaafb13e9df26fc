package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.Host;
import org.opensuse.containersnap.client.wire.JobRun;
import org.opensuse.containersnap.client.wire.Properties;
import org.opensuse.containersnap.client.wire.Property;

/// Shows on standard error how far a job is: on a terminal one line that is redrawn in place, elsewhere a line when
/// the phase changes and otherwise at most one a second.
final class ProgressReport implements JobRun.Progress {
    private static final long LINE_MILLIS = 1000;

    private final Host host;
    private final String label;
    private final boolean terminal;
    private int drawn;
    private String lastText = "";
    private String lastPhase = "";
    private long lastMillis;

    ProgressReport(Host host, String label) {
        this.host = host;
        this.label = label;
        this.terminal = host.errorIsTerminal();
    }

    @Override
    public void changed(Properties job) {
        if (terminal) {
            // The last column stays free, as some terminals wrap once it is written to.
            draw(Printable.of(Progress.line(job, label, host.columns() - 1)));
        } else if (running(job)) {
            print(Printable.of(Progress.text(job)), Progress.phase(job));
        }
    }

    /// Takes the line off the terminal.
    void clear() {
        if (drawn > 0) {
            host.error("\r" + " ".repeat(drawn) + "\r");
            drawn = 0;
        }
    }

    private static boolean running(Properties job) {
        return !job.text(Property.JOB_PHASE).isEmpty();
    }

    private void draw(String line) {
        int rest = Math.max(0, drawn - line.length());
        host.error("\r" + line + " ".repeat(rest));
        drawn = line.length();
    }

    private void print(String text, String phase) {
        boolean early = phase.equals(lastPhase) && host.millis() - lastMillis < LINE_MILLIS;
        if (!early && !text.equals(lastText)) {
            host.error(text + "\n");
            lastText = text;
            lastPhase = phase;
            lastMillis = host.millis();
        }
    }
}
