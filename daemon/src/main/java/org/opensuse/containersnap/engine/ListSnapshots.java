package org.opensuse.containersnap.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.opensuse.containersnap.engine.Records.ImageRecord;
import org.opensuse.containersnap.engine.Records.SnapshotRecord;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.Snapshot;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.Subvolume;

/// Reads the snapshots.
public final class ListSnapshots {
    private final Subvolumes subvolumes;
    private final Records records;
    private final Roots roots;

    ListSnapshots(Subvolumes subvolumes, Records records, Roots roots) {
        this.subvolumes = subvolumes;
        this.records = records;
        this.roots = roots;
    }

    /// All snapshots, in the order they were made.
    public List<Snapshot> all() throws Failure {
        BootState state = boot();
        List<Snapshot> snapshots = new ArrayList<>();
        for (Map.Entry<SnapshotId, Subvolume> entry : roots.all().entrySet()) {
            snapshots.add(describe(entry.getKey(), entry.getValue(), state));
        }
        return snapshots;
    }

    public Set<SnapshotId> ids() throws Failure {
        return roots.all().keySet();
    }

    public Optional<Snapshot> find(SnapshotId id) throws Failure {
        Optional<Subvolume> root = roots.find(id);
        return root.isEmpty() ? Optional.empty() : Optional.of(describe(id, root.get(), boot()));
    }

    /// The directory of a snapshot.
    ///
    /// @throws Failure.NoSuchSnapshot when there is none
    public Subvolume root(SnapshotId id) throws Failure {
        return roots.get(id);
    }

    /// Whether an image's root is in `roots/`.
    public boolean rootTaken(ImageId image) throws Failure {
        return roots.taken(image);
    }

    /// Whether a deployment that is not done makes it.
    public boolean deploying(SnapshotId id) throws Failure {
        return records.snapshot(id).filter(SnapshotRecord::deploying).isPresent();
    }

    /// What the machine runs from and what it boots next.
    public BootState boot() throws Failure {
        return BootState.read(subvolumes, roots);
    }

    /// The reference or source that the image of a snapshot came from, when that is recorded.
    Optional<String> origin(SnapshotId id) throws Failure {
        return origin(id, records.snapshot(id));
    }

    private Optional<String> origin(SnapshotId id, Optional<SnapshotRecord> record) throws Failure {
        Optional<String> origin = record.flatMap(SnapshotRecord::origin);
        return origin.isPresent() ? origin : records.image(id.image()).flatMap(ImageRecord::origin);
    }

    private Snapshot describe(SnapshotId id, Subvolume root, BootState state) throws Failure {
        Optional<SnapshotRecord> record = records.snapshot(id);
        return new Snapshot(
                id,
                root.id(),
                root.directory(),
                root.created(),
                record.flatMap(SnapshotRecord::base),
                origin(id, record),
                records.image(id.image()).flatMap(ImageRecord::version),
                root.readOnly(),
                record.map(SnapshotRecord::pinned).orElse(false),
                state.isBooted(id),
                state.isDefault(id));
    }
}
