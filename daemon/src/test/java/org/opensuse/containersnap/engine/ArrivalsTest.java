package org.opensuse.containersnap.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.opensuse.containersnap.engine.Arrivals.Arrival;
import org.opensuse.containersnap.snapshot.ImageId;

class ArrivalsTest {
    private static final ImageId IMAGE = new ImageId("1".repeat(64));

    private final List<ImageId> store = new CopyOnWriteArrayList<>();
    private final Arrivals arrivals = new Arrivals(() -> store);

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
}
