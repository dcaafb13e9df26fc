package org.opensuse.containersnap.bus;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.opensuse.containersnap.snapshot.Snapshot;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// org.opensuse.containersnap1.Snapshot.
final class SnapshotObject {
    private SnapshotObject() {}

    static Binding<Snapshot> bind(Contract contract) {
        return Binding.<Snapshot>of(contract.get(Contract.SNAPSHOT))
                .property("Id", snapshot -> snapshot.id().toString())
                .property("Number", Snapshot::subvolume)
                .property("Image", snapshot -> snapshot.id().image().toString())
                .property(
                        "Base",
                        snapshot -> snapshot.base().map(SnapshotId::toString).orElse(""))
                .property("Origin", snapshot -> snapshot.origin().orElse(""))
                .property("Version", snapshot -> snapshot.version().orElse(""))
                .property("CreationTime", snapshot -> microseconds(snapshot.created()))
                .property("Root", snapshot -> snapshot.root() + "/")
                .property("ReadOnly", Snapshot::readOnly)
                .property("Pinned", Snapshot::pinned)
                .property("Booted", Snapshot::booted)
                .property("Default", Snapshot::isDefault)
                .build();
    }

    static long microseconds(Instant when) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, when);
    }
}
