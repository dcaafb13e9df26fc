package org.opensuse.containersnap.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.opensuse.containersnap.engine.Arrivals.Arrival;
import org.opensuse.containersnap.snapshot.ImageId;

class ArrivalsTest {
    private static final ImageId IMAGE = new ImageId("1".repeat(64));

    private final List<ImageId> store = new CopyOnWriteArrayList<>();
    private final Arrivals arrivals = new Arrivals(() -> store);
    private Consumer<ImageId> deleted = arrivals::deleted;

    @Test
    void whatWasThereBeforeHasNotArrived() throws Exception {
        store.add(IMAGE);
        try (Arrival arrival = arrivals.begin()) {
            assertThat(arrival.found(IMAGE)).isTrue();
            assertThat(arrivals.has(IMAGE)).isFalse();
        }
    }

    @Test
    void whatComesArrivesUntilTheEnd() throws Exception {
        try (Arrival arrival = arrivals.begin()) {
            store.add(IMAGE);
            assertThat(arrival.found(IMAGE)).isFalse();
            assertThat(arrivals.has(IMAGE)).isTrue();
        }
        assertThat(arrivals.has(IMAGE)).isFalse();
    }

    @Test
    void anImageThatIsDeletedCanArriveAgain() throws Exception {
        store.add(IMAGE);
        try (Arrival arrival = arrivals.begin()) {
            arrivals.deleted(IMAGE);
            assertThat(arrival.found(IMAGE)).isFalse();
            assertThat(arrivals.has(IMAGE)).isTrue();
        }
    }

    /// When its own pull is cancelled, an image goes only when no other runs.
    @Test
    void whatAnotherLeftIsNotThereForWhoBeganMeanwhile() throws Exception {
        Arrival cancelled = arrivals.begin();
        store.add(IMAGE);
        try (Arrival other = arrivals.begin()) {
            cancelled.close();
            assertThat(other.found(IMAGE)).isFalse();
            assertThat(arrivals.has(IMAGE)).isTrue();
        }
    }

    @Test
    void anImageThatIsDeletedWhileAPullBeginsCanArriveAgain() throws Exception {
        Thread[] deletion = new Thread[1];
        Arrivals slow = new Arrivals(() -> {
            List<ImageId> read = List.of(IMAGE);
            deletion[0] = Thread.ofPlatform().start(() -> deleted.accept(IMAGE));
            while (deletion[0].isAlive() && deletion[0].getState() != Thread.State.BLOCKED) {
                Thread.onSpinWait();
            }
            return read;
        });
        deleted = slow::deleted;
        try (Arrival arrival = slow.begin()) {
            deletion[0].join();
            assertThat(arrival.found(IMAGE)).isFalse();
            assertThat(slow.has(IMAGE)).isTrue();
        }
    }
}
