package org.opensuse.containersnap.engine;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageId;

/// What the pulls and loads that run may have put into the store already. Such an image has no snapshot yet: its layer
/// is not one that the original program left, and its root is still to be taken.
///
/// What somebody else brings by podman at the same time can't be told from it, and counts a little later.
final class Arrivals {
    private final Present present;
    private final Set<Arrival> running = ConcurrentHashMap.newKeySet();

    Arrivals(Present present) {
        this.present = present;
    }

    /// Reads what images the store has.
    @FunctionalInterface
    interface Present {
        List<ImageId> images() throws Failure, InterruptedException;
    }

    /// A pull or load, until it is closed.
    final class Arrival implements AutoCloseable {
        private final Set<ImageId> found = ConcurrentHashMap.newKeySet();

        private Arrival(List<ImageId> found) {
            this.found.addAll(found);
        }

        /// Whether the image was in the store before, and was not deleted since.
        boolean found(ImageId image) {
            return found.contains(image);
        }

        @Override
        public void close() {
            running.remove(this);
        }
    }

    /// Begins a pull or load. What others that run may have brought does not count as there: when one of them ends
    /// without its image, that goes only after all have ended.
    synchronized Arrival begin() throws Failure, InterruptedException {
        List<Arrival> others = List.copyOf(running);
        Arrival arrival = new Arrival(present.images().stream()
                .filter(image -> others.stream().allMatch(other -> other.found(image)))
                .toList());
        running.add(arrival);
        return arrival;
    }

    /// Says that an image was deleted: who finds it in the store from now on may have one that came again.
    ///
    /// One that begins now may have read just before that the image is there, so it is waited for.
    synchronized void deleted(ImageId image) {
        running.forEach(arrival -> arrival.found.remove(image));
    }

    /// Whether one that runs may have brought the image.
    boolean has(ImageId image) {
        return running.stream().anyMatch(arrival -> !arrival.found(image));
    }
}
