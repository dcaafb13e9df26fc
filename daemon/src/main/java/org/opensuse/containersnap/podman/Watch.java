package org.opensuse.containersnap.podman;

import java.time.Duration;
import org.opensuse.containersnap.podman.PodmanSettings.Limits;
import org.opensuse.containersnap.process.Work;
import org.opensuse.containersnap.snapshot.Failure;

/// Watches a podman at work: finds out that it hangs, and spares one that has to wait.
///
/// As long as it tells something, computes, or moves bytes, nothing is asked. When it does nothing of that it
/// is asked whether it is there, which one that waits for a registry or for a lock answers at once and one that
/// hangs does not.
final class Watch {
    /// What a podman does per look that only waits: some 50 bytes and 6 ticks in 10 s, of Go's own
    /// housekeeping.
    private static final int IDLE_BYTES = 4096;

    private static final int IDLE_TICKS = 20;
    private static final int LOOKS_TO_BE_QUIET = 3;

    private final PodmanSession podman;
    private final String doing;
    private final Limits limits;
    private Work seen;
    private long looked = System.nanoTime();
    private long asked = looked;
    private long stirred = looked;

    /// @param doing what podman does, for a failure
    Watch(PodmanSession podman, String doing, Limits limits) {
        this.podman = podman;
        this.doing = doing;
        this.limits = limits;
        this.seen = podman.work();
    }

    /// Takes note that podman told something.
    void stir() {
        stirred = System.nanoTime();
    }

    /// Has a look at podman when it is time; to be called from time to time.
    ///
    /// @throws Failure.StorageFailed when it hangs
    void look() throws Failure, InterruptedException {
        long now = System.nanoTime();
        if (now - looked < limits.quiet().toNanos() / LOOKS_TO_BE_QUIET) {
            return;
        }
        looked = now;
        Work work = podman.work();
        if (work.bytes() - seen.bytes() >= IDLE_BYTES || work.ticks() - seen.ticks() >= IDLE_TICKS) {
            stirred = now;
        }
        seen = work;
        long quietSince = Math.max(stirred, asked);
        if (now - quietSince >= limits.quiet().toNanos()) {
            ask(now);
        }
    }

    private void ask(long now) throws Failure, InterruptedException {
        if (!podman.answers(limits.toAnswer())) {
            throw podman.lost(doing, podman.state("it hangs: it neither does nor answers anything"), null);
        }
        asked = System.nanoTime();
        seen = podman.work();
        looked = asked;
        if (podman.waitsForAnother()) {
            stirred = asked;
        } else if (now - stirred >= limits.silent().toNanos()) {
            throw podman.lost(doing, "it had nothing to show for " + text(limits.silent()), null);
        }
    }

    static String text(Duration duration) {
        long seconds = duration.toSeconds();
        return seconds >= 120 ? seconds / 60 + " minutes" : seconds + " s";
    }
}
