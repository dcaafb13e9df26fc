package org.opensuse.containersnap.engine;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;

/// The port to what registries tell about images, of which no layer is fetched.
///
/// Interrupting the calling thread ends a question.
public interface Registry {
    /// Asks what a reference stands for now, on a machine such as this one.
    ///
    /// @throws Failure.PullFailed when the registry has no answer, or one that can't be
    Offer ask(ImageReference reference) throws Failure, InterruptedException;

    /// An image as the registry tells of it.
    ///
    /// @param digest of its manifest
    /// @param list the digest of the list of manifests that it was chosen from, if any
    /// @param image the ID that it has once it is pulled
    /// @param version as its label says, when it has one
    /// @param created when it was built, when its configuration says so
    record Offer(
            String digest,
            Optional<String> list,
            ImageId image,
            Optional<String> version,
            Optional<Instant> created,
            List<Layer> layers) {
        public Offer {
            layers = List.copyOf(layers);
        }

        /// Both digests.
        Set<String> manifests() {
            return Stream.concat(Stream.of(digest), list.stream()).collect(Collectors.toUnmodifiableSet());
        }
    }

    /// A layer as the registry has it.
    ///
    /// @param bytes to be fetched, 0 to 2^44
    record Layer(String digest, long bytes) {}
}
