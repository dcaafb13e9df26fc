package org.opensuse.containersnap.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.opensuse.containersnap.engine.TransferListener;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// Keeps what a listener was told, and lets a test wait for something to be told.
final class ProgressLog implements TransferListener {
    private final List<Told> told = Collections.synchronizedList(new ArrayList<>());
    private final Predicate<Told> awaited;
    private final CountDownLatch seen = new CountDownLatch(1);

    ProgressLog() {
        this(_ -> true);
    }

    ProgressLog(Predicate<Told> awaited) {
        this.awaited = awaited;
    }

    record Told(Phase phase, long done, OptionalLong total) {}

    @Override
    public void progress(Phase phase, long bytesDone, OptionalLong bytesTotal) {
        Told now = new Told(phase, bytesDone, bytesTotal);
        told.add(now);
        if (awaited.test(now)) {
            seen.countDown();
        }
    }

    @Override
    public void pointOfNoReturn(Phase phase) {
        throw new AssertionError("podman has none");
    }

    @Override
    public void created(SnapshotId snapshot) {
        throw new AssertionError("podman makes none");
    }

    @Override
    public void deleted(SnapshotId snapshot) {
        throw new AssertionError("podman makes none");
    }

    void await() throws InterruptedException {
        assertThat(seen.await(30, TimeUnit.SECONDS)).isTrue();
    }

    List<Told> told() {
        return List.copyOf(told);
    }

    Told last() {
        return told.getLast();
    }

    Set<Phase> phases() {
        Set<Phase> phases = EnumSet.noneOf(Phase.class);
        told.forEach(each -> phases.add(each.phase()));
        return phases;
    }

    void assertNeverFalls() {
        long before = 0;
        for (Told each : told()) {
            assertThat(each.done()).isGreaterThanOrEqualTo(before);
            assertThat(each.done()).isLessThanOrEqualTo(each.total().orElse(Long.MAX_VALUE));
            before = each.done();
        }
    }
}
