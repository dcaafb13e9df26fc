package org.opensuse.containersnap.engine;

import java.util.List;
import java.util.Set;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSuchSnapshot;
import org.opensuse.containersnap.snapshot.Failure.NotBootable;
import org.opensuse.containersnap.snapshot.Finding;
import org.opensuse.containersnap.snapshot.Requirement;
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

    /// Looks whether a snapshot may be deployed.
    ///
    /// @param what as it was asked for
    /// @return the requirements that are not met and ignored
    /// @throws NotBootable with those that are not met and not ignored
    List<Requirement> require(SnapshotId id, String what, Set<Requirement> ignored) throws Failure {
        List<Finding> unmet =
                snapshot(id).stream().filter(finding -> !finding.met()).toList();
        List<String> lacking = unmet.stream()
                .filter(finding -> !ignored.contains(finding.requirement()))
                .map(finding -> finding.requirement() + " (" + finding.found() + ")")
                .toList();
        if (!lacking.isEmpty()) {
            throw new NotBootable(
                    what,
                    "it does not meet " + String.join(", ", lacking)
                            + "; mend the image, or have single requirements ignored");
        }
        return unmet.stream().map(Finding::requirement).toList();
    }

    /// Verifies an image as it was pulled.
    ///
    /// @param name as among the image's names, or a reference that stands for one
    public List<Finding> image(String name) throws Failure, InterruptedException {
        return snapshot(SnapshotId.of(ImageNames.get(images, name).id()));
    }
}
