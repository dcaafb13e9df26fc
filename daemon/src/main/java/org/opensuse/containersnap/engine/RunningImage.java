package org.opensuse.containersnap.engine;

import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.opensuse.containersnap.engine.Locks.Held;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.Subvolume;

/// The image that the running system came from, as it was pulled: what the system is compared with to tell what was
/// changed in it.
final class RunningImage {
    private final Subvolumes subvolumes;
    private final ImageStore images;
    private final Roots roots;
    private final Locks locks;

    RunningImage(Subvolumes subvolumes, ImageStore images, Roots roots, Locks locks) {
        this.subvolumes = subvolumes;
        this.images = images;
        this.roots = roots;
        this.locks = locks;
    }

    /// What is done with its root.
    @FunctionalInterface
    interface Use<T> {
        /// Does it.
        ///
        /// @param root empty when the system came from none, or that is gone
        T of(Optional<Path> root) throws Failure, InterruptedException;
    }

    /// Does something with the root, which stays meanwhile.
    ///
    /// @param what for, in words
    <T> T with(String what, Use<T> use) throws Failure, InterruptedException {
        BootState state = BootState.read(subvolumes, roots);
        if (state.bootedSnapshot().isEmpty()) {
            return use.of(Optional.empty());
        }
        ImageId image = state.bootedSnapshot().get().image();
        try (Held _ = locks.shared(SnapshotId.of(image), what)) {
            return use.of(root(image, state.booted().id()));
        }
    }

    /// A root that is booted itself tells nothing of what was changed, but the image's layer does.
    private Optional<Path> root(ImageId image, long booted) throws Failure {
        Optional<Path> layer = images.topLayer(image);
        Optional<Subvolume> ofLayer = layer.isEmpty() ? Optional.empty() : subvolumes.find(layer.get());
        return Stream.of(roots.find(SnapshotId.of(image)), ofLayer)
                .flatMap(Optional::stream)
                .filter(root -> root.id() != booted)
                .map(Subvolume::directory)
                .findFirst();
    }
}
