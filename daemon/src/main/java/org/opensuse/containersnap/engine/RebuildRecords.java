package org.opensuse.containersnap.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.opensuse.containersnap.engine.Locks.Held;
import org.opensuse.containersnap.engine.Records.ImageRecord;
import org.opensuse.containersnap.engine.Records.SnapshotRecord;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Image;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.Subvolume;

/// Makes records that somebody deleted again, of what the disk tells: what a snapshot was made from is known by btrfs,
/// where an image came from by its names in the store.
///
/// Every operation writes a record before it makes what the record is about, so one that is missing was deleted. Which
/// numbers were given to snapshots that are gone is told by an image's record alone; when that is lost, the next number
/// is above those that exist.
final class RebuildRecords {
    private static final String LOCAL = "localhost/";

    private final StoreLayout layout;
    private final Subvolumes subvolumes;
    private final ImageStore images;
    private final Records records;
    private final Roots roots;
    private final Locks locks;

    RebuildRecords(
            StoreLayout layout, Subvolumes subvolumes, ImageStore images, Records records, Roots roots, Locks locks) {
        this.layout = layout;
        this.subvolumes = subvolumes;
        this.images = images;
        this.records = records;
        this.roots = roots;
        this.locks = locks;
    }

    /// Writes the records that are missing.
    ///
    /// @return those of snapshots
    List<SnapshotRecord> missing() throws Failure, InterruptedException {
        List<SnapshotRecord> rebuilt = new ArrayList<>();
        for (SnapshotId id : roots.taken()) {
            if (lacks(id)) {
                try (Held _ = locks.exclusive(id.image(), "rebuild the record of " + id);
                        Held _ = locks.exclusive(id, "rebuild the record of " + id)) {
                    rebuild(id).ifPresent(rebuilt::add);
                }
            }
        }
        if (!rebuilt.isEmpty()) {
            subvolumes.sync(layout.state());
        }
        return rebuilt;
    }

    private boolean lacks(SnapshotId id) throws Failure {
        return records.snapshot(id).isEmpty()
                || (id.pristine() && records.image(id.image()).isEmpty());
    }

    /// Looks again, under the locks: it may have been deleted meanwhile.
    private Optional<SnapshotRecord> rebuild(SnapshotId id) throws Failure, InterruptedException {
        Optional<Subvolume> root = roots.find(id);
        if (root.isEmpty() || !lacks(id)) {
            return Optional.empty();
        }
        Optional<String> origin = records.image(id.image()).flatMap(ImageRecord::origin);
        if (origin.isEmpty()) {
            origin = originByName(id.image());
        }
        if (id.pristine() && records.image(id.image()).isEmpty()) {
            records.write(new ImageRecord(
                    id.image(),
                    origin,
                    images.find(id.image()).flatMap(Image::version),
                    true,
                    roots.highestWork(id.image()),
                    false));
        }
        SnapshotRecord record =
                records.snapshot(id).orElse(new SnapshotRecord(id, base(id, root.get()), origin, false));
        records.write(record);
        return Optional.of(record);
    }

    private Optional<SnapshotId> base(SnapshotId id, Subvolume root) throws Failure {
        Optional<UUID> parent = subvolumes.lineage(root.directory()).parent();
        if (id.pristine() || parent.isEmpty()) {
            return Optional.empty();
        }
        for (Map.Entry<SnapshotId, Subvolume> other : roots.all().entrySet()) {
            if (subvolumes.lineage(other.getValue().directory()).uuid().equals(parent.get())) {
                return Optional.of(other.getKey());
            }
        }
        return Optional.empty();
    }

    /// Names of this machine are no origin.
    private Optional<String> originByName(ImageId id) throws Failure, InterruptedException {
        return images.find(id).map(Image::names).orElse(List.of()).stream()
                .filter(name -> !name.startsWith(LOCAL))
                .flatMap(name -> ImageReference.find(name).stream())
                .map(ImageReference::toString)
                .findFirst();
    }
}
