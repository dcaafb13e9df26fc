package org.opensuse.containersnap.hook;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.opensuse.containersnap.engine.HookListener;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.snapshot.Quoted;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a hook prints, to the listener and the journal. Of a hook that prints without end only the
/// beginning is told, and how much else there was.
final class HookOutput {
    private static final Logger log = LoggerFactory.getLogger(HookOutput.class);
    static final int MOST_LINES = 2000;
    private static final int LONGEST_LINE = 1024;

    /// What unshare(1) of util-linux says instead of ending by SIGKILL, when that is what ended the hook.
    private static final String KILLED = "unshare: sigprocmask unblock failed: Invalid argument";

    private final SnapshotId snapshot;
    private final Path hook;
    private final HookListener listener;
    private final AtomicLong lines = new AtomicLong();
    private volatile boolean over;
    private volatile boolean killed;
    private volatile String lastLine = "";

    HookOutput(SnapshotId snapshot, Path hook, HookListener listener) {
        this.snapshot = snapshot;
        this.hook = hook;
        this.listener = listener;
    }

    void line(String line) {
        if (line.equals(KILLED)) {
            killed = true;
            return;
        }
        if (!line.isBlank()) {
            lastLine = line.strip();
        }
        if (!over && lines.incrementAndGet() <= MOST_LINES) {
            tell(Quoted.plain(line, LONGEST_LINE));
        }
    }

    /// To be called when it has ended, or is to be killed: what is said then is not the hook's.
    void end() {
        over = true;
        long more = lines.get() - MOST_LINES;
        if (more > 0) {
            tell("(" + more + " more lines are left out)");
        }
    }

    /// The last thing that it printed; empty when it printed nothing.
    String lastLine() {
        return lastLine;
    }

    /// Whether it was killed by SIGKILL, such as by the kernel for want of memory.
    boolean killed() {
        return killed;
    }

    private void tell(String line) {
        log.atInfo()
                .addKeyValue(Key.HOOK, hook)
                .addKeyValue(Key.SNAPSHOT, snapshot)
                .log("{}", line);
        listener.line(hook, line);
    }
}
