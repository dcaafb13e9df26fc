package org.opensuse.containersnap.engine;

import java.util.List;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSuchSnapshot;
import org.opensuse.containersnap.snapshot.Finding;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.Subvolume;

/// Tells what a snapshot lacks to be booted.
public final class VerifyRoot {
    private final ImageStore images;
    private final Roots roots;
    private final Inspection inspection;

    VerifyRoot(ImageStore images, Roots roots, Inspection inspection) {
        this.images = images;
        this.roots = roots;
        this.inspection = inspection;
    }

    /// Verifies the root of a snapshot.
    ///
    /// @throws NoSuchSnapshot when there is none, also when it goes meanwhile
    public List<Finding> snapshot(SnapshotId id) throws Failure {
        Subvolume root = roots.get(id);
        List<Finding> findings = inspection.inspect(root.directory());
        // No lock, as for any reading: what was deleted meanwhile may have looked empty.
        if (roots.get(id).id() != root.id()) {
            throw new NoSuchSnapshot(id);
        }
        return findings;
    }

    /// Verifies an image as it was pulled.
    ///
    /// @param name as among the image's names, or a reference that stands for one
    public List<Finding> image(String name) throws Failure, InterruptedException {
        return snapshot(SnapshotId.of(ImageNames.get(images, name).id()));
    }
}
