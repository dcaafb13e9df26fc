package org.opensuse.containersnap.bus;

import java.time.Instant;
import org.opensuse.containersnap.engine.ListImages.Listed;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// org.opensuse.containersnap1.Image.
final class ImageObject {
    /// CreationTimeNsec of an image whose configuration has no time, or one that does not fit.
    private static final long UNKNOWN = Long.MIN_VALUE;

    private static final long NANOS_PER_SECOND = 1_000_000_000;

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
                                .map(ImageObject::nanoseconds)
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

    private static long nanoseconds(Instant when) {
        try {
            return Math.addExact(Math.multiplyExact(when.getEpochSecond(), NANOS_PER_SECOND), when.getNano());
        } catch (ArithmeticException _) {
            return UNKNOWN;
        }
    }
}
