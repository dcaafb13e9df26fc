package org.opensuse.containersnap.podman;

import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.opensuse.containersnap.engine.TransferListener;
import org.opensuse.containersnap.engine.TransferListener.Phase;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.step.StepWatch;

/// Tells a listener how far a transfer is: what changed, at most four times a second, a new phase and the end at
/// once; that nothing changed, once a second, so that its rate falls.
final class Progress {
    private static final long PAUSE_NANOS = Duration.ofMillis(250).toNanos();
    private static final long STILL_NANOS = Duration.ofSeconds(1).toNanos();

    private final TransferListener listener;
    private final StepWatch watch;
    private @Nullable Phase phase;
    private long done = -1;
    private OptionalLong total = OptionalLong.empty();
    private long toldAt;

    Progress(TransferListener listener, StepWatch watch) {
        this.listener = listener;
        this.watch = watch;
    }

    /// @param bytes fewer than told before count as no change: a podman that was started again begins anew
    void tell(Phase newPhase, long bytes, OptionalLong bytesTotal) throws Failure, InterruptedException {
        long newDone = Math.max(done, bytes);
        OptionalLong newTotal =
                bytesTotal.isEmpty() ? bytesTotal : OptionalLong.of(Math.max(bytesTotal.getAsLong(), newDone));
        boolean samePhase = newPhase == phase;
        boolean same = samePhase && newDone == done && newTotal.equals(total);
        boolean end = newTotal.isPresent() && newTotal.getAsLong() == newDone;
        long now = System.nanoTime();
        if (same && now - toldAt < STILL_NANOS) {
            return;
        }
        if (samePhase && !end && now - toldAt < PAUSE_NANOS) {
            return;
        }
        phase = newPhase;
        done = newDone;
        total = newTotal;
        toldAt = now;
        listener.progress(newPhase, newDone, newTotal);
        if (!samePhase) {
            watch.next(Transfers.OPERATION, newPhase.name().toLowerCase(Locale.ROOT));
        }
    }
}
