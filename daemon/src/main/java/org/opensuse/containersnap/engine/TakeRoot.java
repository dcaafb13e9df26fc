package org.opensuse.containersnap.engine;

import java.nio.file.Path;
import java.util.Optional;
import org.opensuse.containersnap.engine.Locks.Held;
import org.opensuse.containersnap.engine.Records.Coming;
import org.opensuse.containersnap.engine.Records.ImageRecord;
import org.opensuse.containersnap.engine.Records.SnapshotRecord;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSuchImage;
import org.opensuse.containersnap.snapshot.Failure.NotBootable;
import org.opensuse.containersnap.snapshot.Image;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.Subvolume;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;

/// Takes the root of an image that is in the store: a snapshot of its top layer, in `roots/`.
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

    /// What is known of an image whose root is to be taken.
    ///
    /// @param fresh whether the image was not in the store before, so that the machine may run from its layer only
    ///     under the ID of another image
    Coming coming(ImageId image, boolean fresh) throws Failure {
        return new Coming(image, fresh, records.image(image));
    }

    /// Takes the root, durable on return. A root that is there is left as it is, and so is the image's layer when it is
    /// used as one.
    ///
    /// @return the snapshot that there was not before
    Optional<SnapshotId> take(Coming coming, String origin) throws Failure, InterruptedException {
        ImageId image = coming.image();
        try (Held _ = locks.exclusive(image, "take the root of " + image)) {
            Path layer = layerOf(image, origin);
            SnapshotId id = SnapshotId.of(image);
            boolean there = root(image).isPresent();
            boolean inPlace = !there && !coming.fresh() && usedInPlace(layer);
            Optional<ImageRecord> before = records.image(image);
            ImageRecord record = before.orElse(ImageRecord.none(image))
                    .withOrigin(origin)
                    .withVersion(images.find(image).flatMap(Image::version))
                    .withRoot(!inPlace)
                    .withDeleting(false);
            Steps steps = Steps.of("take-root", watch)
                    .step("image", () -> records.write(record), () -> restore(image, before));
            if (there || inPlace) {
                steps.step("sync", () -> subvolumes.sync(layout.state())).run();
                return Optional.empty();
            }
            Optional<SnapshotRecord> inPlaceOf = records.snapshot(id);
            boolean pinned = inPlaceOf.map(SnapshotRecord::pinned).orElse(false);
            SnapshotRecord made = new SnapshotRecord(id, Optional.empty(), Optional.of(origin), pinned);
            steps.step("record", () -> records.write(made), () -> restore(id, inPlaceOf))
                    .step("way", () -> layout.makeWay(layout.root(id)))
                    .step("snapshot", () -> subvolumes.snapshot(layer, layout.root(id)))
                    .run();
            return Optional.of(id);
        }
    }

    /// Has the image as it was before, unless its root is there or somebody else wants it.
    void undo(Coming coming) throws Failure, InterruptedException {
        ImageId image = coming.image();
        try (Held _ = locks.exclusive(image, "remove " + image)) {
            if (root(image).isPresent() || wanted(image)) {
                return;
            }
            if (coming.fresh() && images.find(image).isPresent()) {
                images.remove(image);
            }
            ImageRecord undone =
                    records.image(image).orElse(ImageRecord.none(image)).withoutArrival(coming.before());
            boolean known = coming.before().isPresent() || !undone.equals(ImageRecord.none(image));
            restore(image, Optional.of(undone).filter(_ -> known));
        }
    }

    private boolean wanted(ImageId image) throws Failure {
        return records.intents().stream()
                .filter(intent -> !intent.undo())
                .flatMap(intent -> intent.images().stream())
                .anyMatch(coming -> coming.image().equals(image));
    }

    private void restore(SnapshotId id, Optional<SnapshotRecord> before) throws Failure {
        if (before.isPresent()) {
            records.write(before.get());
        } else {
            records.remove(id);
        }
    }

    private void restore(ImageId image, Optional<ImageRecord> before) throws Failure {
        if (before.isPresent()) {
            records.write(before.get());
        } else {
            records.remove(image);
        }
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
