package org.opensuse.containersnap.engine;

import java.nio.file.Path;
import java.util.Optional;
import org.opensuse.containersnap.engine.Locks.Held;
import org.opensuse.containersnap.engine.Records.ImageRecord;
import org.opensuse.containersnap.engine.Records.SnapshotRecord;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSuchImage;
import org.opensuse.containersnap.snapshot.Failure.NotBootable;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.Subvolume;

/// Takes the root of an image that is in the store: a snapshot of its top layer, in `roots/`.
final class TakeRoot {
    private final StoreLayout layout;
    private final Subvolumes subvolumes;
    private final ImageStore images;
    private final Records records;
    private final Locks locks;

    TakeRoot(StoreLayout layout, Subvolumes subvolumes, ImageStore images, Records records, Locks locks) {
        this.layout = layout;
        this.subvolumes = subvolumes;
        this.images = images;
        this.records = records;
        this.locks = locks;
    }

    /// Checks that there is a root to take.
    ///
    /// @throws NotBootable when the image has no layer
    void check(ImageId image, String origin) throws Failure, InterruptedException {
        layerOf(image, origin);
    }

    /// Takes the root unless it is there, durable on return. A root that is there is left as it is.
    ///
    /// @param origin where the image came from
    /// @param fresh whether the image was not in the store before, so that the machine may run from its layer only
    ///     under the ID of another image
    /// @return the snapshot that there was not before
    /// @throws NotBootable when the image has no layer
    Optional<SnapshotId> of(ImageId image, String origin, boolean fresh) throws Failure, InterruptedException {
        try (Held _ = locks.exclusive(image, "take the root of " + image)) {
            Path layer = layerOf(image, origin);
            SnapshotId id = SnapshotId.of(image);
            boolean there = subvolumes.find(layout.root(id)).isPresent();
            boolean inPlace = !there && !fresh && usedInPlace(layer);
            ImageRecord known = records.image(image).orElse(ImageRecord.none(image));
            records.write(new ImageRecord(image, Optional.of(origin), !inPlace, known.lastWork()));
            if (there || inPlace) {
                subvolumes.sync(layout.state());
                return Optional.empty();
            }
            records.write(new SnapshotRecord(id, Optional.empty(), Optional.of(origin)));
            try {
                subvolumes.snapshot(layer, layout.root(id));
            } catch (Failure e) {
                records.remove(id);
                records.write(known);
                throw e;
            }
            return Optional.of(id);
        }
    }

    /// Whether the image's root is there, by this or another job, or the image's layer itself is used as one.
    boolean taken(ImageId image) throws Failure {
        Optional<Path> layer = images.topLayer(image);
        return subvolumes.find(layout.root(SnapshotId.of(image))).isPresent()
                || (layer.isPresent() && usedInPlace(layer.get()));
    }

    private Path layerOf(ImageId image, String origin) throws Failure, InterruptedException {
        Optional<Path> layer = images.topLayer(image);
        if (layer.isPresent()) {
            return layer.get();
        }
        if (images.find(image).isEmpty()) {
            throw new NoSuchImage(image.hex());
        }
        throw new NotBootable(origin, "the image has no layer, so there is no file system; build it with one");
    }

    /// A machine that the original program set up runs from the layer itself: that stays the root.
    private boolean usedInPlace(Path layer) throws Failure {
        Optional<Subvolume> subvolume = subvolumes.find(layer);
        if (subvolume.isEmpty()) {
            return false;
        }
        long id = subvolume.get().id();
        return subvolumes.booted().id() == id || subvolumes.defaultOfRoot().id() == id;
    }
}
