package org.opensuse.containersnap.engine;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.opensuse.containersnap.snapshot.ImageId;

/// What the pulls and loads that run may have put into the store already. Such an image has no snapshot yet: its layer
/// is not one that the original program left, and its root is still to be taken.
///
/// What somebody else brings by podman at the same time can't be told from it, and counts a little later.
final class Arrivals {
    private final Set<Arrival> running = ConcurrentHashMap.newKeySet();

    /// A pull or load, until it is closed.
    final class Arrival implements AutoCloseable {
        private final Set<ImageId> before;

        private Arrival(Set<ImageId> before) {
            this.before = before;
        }

        @Override
        public void close() {
            running.remove(this);
        }
    }

    /// Begins a pull or load.
    ///
    /// @param before the images that the store has
    Arrival begin(Set<ImageId> before) {
        Arrival arrival = new Arrival(Set.copyOf(before));
        running.add(arrival);
        return arrival;
    }

    /// Whether one that runs may have brought the image.
    boolean has(ImageId image) {
        return running.stream().anyMatch(arrival -> !arrival.before.contains(image));
    }
}
