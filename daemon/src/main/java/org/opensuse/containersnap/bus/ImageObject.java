package org.opensuse.containersnap.bus;

import org.opensuse.containersnap.engine.ListImages.Listed;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// org.opensuse.containersnap1.Image.
final class ImageObject {
    /// CreationTimeNsec of an image whose configuration has no time, or one that does not fit.
    private static final long UNKNOWN = Long.MIN_VALUE;

    private ImageObject() {}

    static Binding<Listed> bind(Contract contract) {
        return Binding.<Listed>of(contract.get(Contract.IMAGE))
                .property("Id", listed -> listed.image().id().toString())
                .property("Digest", listed -> listed.image().digest())
                .property("Names", listed -> listed.image().names())
                .property(
                        "CreationTimeNsec",
                        listed -> listed.image()
                                .created()
                                .flatMap(Nanoseconds::of)
                                .orElse(UNKNOWN))
                .property("Size", listed -> listed.image().sizeBytes())
                .property("Labels", listed -> listed.image().labels())
                .property("Origin", listed -> listed.origin().orElse(""))
                .property(
                        "Snapshots",
                        listed -> listed.snapshots().stream()
                                .map(SnapshotId::toString)
                                .toList())
                .build();
    }
}
