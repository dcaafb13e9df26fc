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

    void tell(Phase newPhase, long newDone, OptionalLong newTotal) throws Failure, InterruptedException {
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
