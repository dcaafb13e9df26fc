package org.opensuse.containersnap.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import org.opensuse.containersnap.snapshot.Failure;

/// Makes the store, on the file system of `/`.
public final class Initialise {
    private final StoreLayout layout;
    private final Subvolumes subvolumes;

    Initialise(StoreLayout layout, Subvolumes subvolumes) {
        this.layout = layout;
        this.subvolumes = subvolumes;
    }

    /// Makes what lacks, durable on return; doing it again changes nothing.
    ///
    /// @throws Failure.NotBtrfs before anything is made, when no machine could boot from there
    public void store() throws Failure {
        subvolumes.requireSameFileSystemAsRoot(nearestThatExists(layout.state()));
        if (layout.make()) {
            subvolumes.sync(layout.state());
        }
    }

    private static Path nearestThatExists(Path path) {
        Path nearest = path;
        while (!Files.exists(nearest) && nearest.getParent() != null) {
            nearest = nearest.getParent();
        }
        return nearest;
    }
}
