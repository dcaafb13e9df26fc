package org.opensuse.containersnap.engine;

import java.nio.file.Path;
import java.util.Optional;
import org.opensuse.containersnap.engine.Locks.Held;
import org.opensuse.containersnap.engine.Records.ImageRecord;
import org.opensuse.containersnap.engine.Records.Pending;
import org.opensuse.containersnap.engine.Records.SnapshotRecord;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSuchImage;
import org.opensuse.containersnap.snapshot.Failure.NotBootable;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.Subvolume;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;

/// Takes the root of an image that is in the store: a snapshot of its top layer, in `roots/`.
///
/// First the intent is written down: from then on the root is taken, by the next start if need be. So an image that the
/// store has finished with is never left without its root.
final class TakeRoot {
    private final StoreLayout layout;
    private final Subvolumes subvolumes;
    private final ImageStore images;
    private final Records records;
    private final Locks locks;
    private final StepWatch watch;

    TakeRoot(
            StoreLayout layout,
            Subvolumes subvolumes,
            ImageStore images,
            Records records,
            Locks locks,
            StepWatch watch) {
        this.layout = layout;
        this.subvolumes = subvolumes;
        this.images = images;
        this.records = records;
        this.locks = locks;
        this.watch = watch;
    }

    /// Checks that there is a root to take.
    ///
    /// @throws NotBootable when the image has no layer
    void check(ImageId image, String origin) throws Failure, InterruptedException {
        layerOf(image, origin);
    }

    /// Writes down, durable on return, that the root is to be taken, unless it is there or the image's layer itself is
    /// used as one.
    ///
    /// @param origin where the image came from
    /// @param fresh whether the image was not in the store before, so that the machine may run from its layer only
    ///     under the ID of another image
    /// @return what was recorded before
    ImageRecord intend(ImageId image, String origin, boolean fresh) throws Failure, InterruptedException {
        try (Held _ = locks.exclusive(image, "take the root of " + image)) {
            Path layer = layerOf(image, origin);
            boolean there = root(image).isPresent();
            boolean inPlace = !there && !fresh && usedInPlace(layer);
            ImageRecord before = record(image);
            ImageRecord record = before.withOrigin(origin).withRoot(!inPlace);
            records.write(there || inPlace ? record.settled() : record.about(Pending.TAKE_ROOT));
            // Also what podman wrote of the image besides its layer: no podman promises that it is durable.
            subvolumes.sync(layout.state());
            return before;
        }
    }

    /// Takes the root that was intended, durable on return.
    ///
    /// @return the snapshot that there was not before
    Optional<SnapshotId> take(ImageId image, String origin) throws Failure, InterruptedException {
        try (Held _ = locks.exclusive(image, "take the root of " + image)) {
            Path layer = layerOf(image, origin);
            ImageRecord record = record(image);
            if (!record.is(Pending.TAKE_ROOT)) {
                return Optional.empty();
            }
            return Optional.of(take(image, layer, record));
        }
    }

    /// Undoes an intent whose root was not taken: what is recorded is as before, and an image that came with it goes.
    void forget(ImageRecord before, boolean fresh) throws Failure, InterruptedException {
        ImageId image = before.id();
        try (Held _ = locks.exclusive(image, "remove " + image)) {
            if (taken(image)) {
                return;
            }
            if (fresh && images.find(image).isPresent()) {
                records.write(before.about(Pending.DELETE));
                images.remove(image);
            }
            restore(before);
        }
    }

    private void restore(ImageRecord before) throws Failure {
        if (before.equals(ImageRecord.none(before.id()))) {
            records.remove(before.id());
        } else {
            records.write(before);
        }
    }

    /// Takes a root that was intended when the service was killed.
    void complete(ImageId image) throws Failure, InterruptedException {
        try (Held _ = locks.exclusive(image, "take the root of " + image)) {
            ImageRecord record = record(image);
            if (!record.is(Pending.TAKE_ROOT)) {
                return;
            }
            Optional<Path> layer = images.topLayer(image);
            if (root(image).isPresent() || layer.isEmpty()) {
                records.write(record.withRoot(root(image).isPresent()).settled());
                return;
            }
            take(image, layer.get(), record);
        }
    }

    /// The record is there with the snapshot, whose taking waits for the commit that makes both durable.
    private SnapshotId take(ImageId image, Path layer, ImageRecord record) throws Failure, InterruptedException {
        SnapshotId id = SnapshotId.of(image);
        Steps.of("take-root", watch)
                .step(
                        "record",
                        () -> records.write(new SnapshotRecord(id, Optional.empty(), record.origin())),
                        () -> records.remove(id))
                .step(
                        "snapshot",
                        () -> subvolumes.snapshot(layer, layout.root(id)),
                        () -> subvolumes.delete(layout.root(id)))
                .step("settle", () -> records.write(record.settled()))
                .run();
        return id;
    }

    /// Whether the image's root is there, by this or another job, or the image's layer itself is used as one.
    private boolean taken(ImageId image) throws Failure {
        Optional<Path> layer = images.topLayer(image);
        return root(image).isPresent() || (layer.isPresent() && usedInPlace(layer.get()));
    }

    private ImageRecord record(ImageId image) throws Failure {
        return records.image(image).orElse(ImageRecord.none(image));
    }

    private Optional<Subvolume> root(ImageId image) throws Failure {
        return subvolumes.find(layout.root(SnapshotId.of(image)));
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
