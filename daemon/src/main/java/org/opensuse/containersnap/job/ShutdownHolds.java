package org.opensuse.containersnap.job;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.opensuse.containersnap.job.Shutdown.Hold;
import org.opensuse.containersnap.snapshot.Quoted;

/// Holds the machine's shutdown up for jobs: delays it while one runs that can be cancelled, refuses it while one runs
/// that can't, since that changes what the machine can boot.
///
/// A job tells of each change on its own thread before it goes on, so the shutdown is held up before anything is
/// changed; and of its end when that is on disk. A job that has the machine shut down itself delays that, too, until
/// others have heard of its end.
public final class ShutdownHolds implements JobListener {
    private static final int LONGEST_WHY = 200;

    private final Shutdown shutdown;
    private final JobListener next;
    private final Map<Long, Held> holds = new ConcurrentHashMap<>();

    /// @param next hears the same after it
    public ShutdownHolds(Shutdown shutdown, JobListener next) {
        this.shutdown = shutdown;
        this.next = next;
    }

    private enum Kind {
        NONE,
        DELAY,
        BLOCK,
        DELAY_OWN;

        private static Kind of(Job job) {
            JobStatus status = job.status();
            if (status.state() != JobState.RUNNING) {
                return NONE;
            }
            if (job.wantsShutdown()) {
                return DELAY_OWN;
            }
            return status.cancelable() ? DELAY : BLOCK;
        }
    }

    private record Held(Kind kind, Hold hold) {}

    @Override
    public void accepted(Job job) {
        next.accepted(job);
    }

    @Override
    public void changed(Job job) {
        if (job.wantsShutdown() && job.status().state().ended()) {
            next.changed(job);
            adjust(job);
        } else {
            adjust(job);
            next.changed(job);
        }
    }

    @Override
    public void forgotten(Job job) {
        next.forgotten(job);
    }

    /// The new hold is taken before the old one is let go. Of one job this is never run by two threads at a time.
    private void adjust(Job job) {
        Held held = holds.get(job.id());
        Kind wanted = Kind.of(job);
        if (wanted == (held == null ? Kind.NONE : held.kind)) {
            return;
        }
        switch (wanted) {
            case NONE -> holds.remove(job.id());
            case DELAY -> holds.put(job.id(), new Held(wanted, shutdown.delay(why(job))));
            case BLOCK -> holds.put(job.id(), new Held(wanted, shutdown.block(why(job))));
            case DELAY_OWN -> holds.put(job.id(), new Held(wanted, shutdown.delayFromNow(why(job))));
        }
        if (held != null) {
            held.hold.close();
        }
    }

    /// In the third person, as `systemd-inhibit --list` shows it behind the name of the program.
    private static String why(Job job) {
        String does = switch (job.type()) {
            case PULL -> "pulls ";
            case LOAD -> "loads ";
            case DELETE_IMAGE -> "deletes ";
            case DEPLOY -> "deploys ";
            case PRUNE -> "prunes with ";
            case CHECK_UPDATE -> "asks for an update of ";
            case UPDATE -> "updates to ";
        };
        return Quoted.plain(does + job.target(), LONGEST_WHY);
    }
}
