package org.opensuse.containersnap.engine;

import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.engine.Locks.Held;
import org.opensuse.containersnap.engine.Records.ImageRecord;
import org.opensuse.containersnap.engine.TransferListener.Phase;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.Busy;
import org.opensuse.containersnap.snapshot.Failure.ImageInUse;
import org.opensuse.containersnap.snapshot.Failure.NoSuchImage;
import org.opensuse.containersnap.snapshot.Failure.SnapshotInUse;
import org.opensuse.containersnap.snapshot.Image;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.Subvolume;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;

/// Deletes an image and its root, or takes one of its names away.
public final class DeleteImage {
    private final StoreLayout layout;
    private final Subvolumes subvolumes;
    private final Reserve reserve;
    private final ImageStore images;
    private final Records records;
    private final Roots roots;
    private final DeletionGuard guard;
    private final DeleteSnapshot deleteSnapshot;
    private final Arrivals arrivals;
    private final Locks locks;
    private final StepWatch watch;

    DeleteImage(
            StoreLayout layout,
            Subvolumes subvolumes,
            Reserve reserve,
            ImageStore images,
            Records records,
            Roots roots,
            DeletionGuard guard,
            DeleteSnapshot deleteSnapshot,
            Arrivals arrivals,
            Locks locks,
            StepWatch watch) {
        this.layout = layout;
        this.subvolumes = subvolumes;
        this.reserve = reserve;
        this.images = images;
        this.records = records;
        this.roots = roots;
        this.guard = guard;
        this.deleteSnapshot = deleteSnapshot;
        this.arrivals = arrivals;
        this.locks = locks;
        this.watch = watch;
    }

    /// What was deleted.
    ///
    /// @param untagged names that were taken away
    /// @param deleted images that are gone
    public record Deleted(List<String> untagged, List<ImageId> deleted) {}

    /// A deletion whose preconditions held when it was accepted, to be run once; they are checked again.
    @FunctionalInterface
    public interface Accepted {
        /// Does it, durable on return.
        Deleted run(TransferListener listener) throws Failure, InterruptedException;
    }

    /// Accepts the deletion of an image with all its names and its root. On a full disk it makes room for that.
    public Accepted byId(ImageId id) throws Failure, InterruptedException {
        check(id);
        reserve.release();
        return listener -> {
            try (Held _ = lock(id);
                    Held _ = lockRoot(id);
                    Held _ = locks.theDefault("delete " + id)) {
                listener.pointOfNoReturn(Phase.DELETING);
                return delete(id, listener);
            } finally {
                reserve.keep();
            }
        };
    }

    /// Accepts the deletion of the image of this name, or of just the name when the image has others.
    ///
    /// @param name as among the image's names, or a reference that stands for one
    public Accepted byName(String name) throws Failure, InterruptedException {
        Image image = ImageNames.get(images, name);
        if (image.names().size() == 1) {
            check(image.id());
        }
        reserve.release();
        return listener -> {
            try (Held _ = lock(image.id());
                    Held _ = lockRoot(image.id());
                    Held _ = locks.theDefault("delete " + name)) {
                Image now = ImageNames.get(images, name);
                if (!now.id().equals(image.id())) {
                    throw new Busy("delete " + name, "somebody gave that name to another image");
                }
                listener.pointOfNoReturn(Phase.DELETING);
                if (now.names().size() == 1) {
                    return delete(now.id(), listener);
                }
                String exact = ImageNames.find(now, name).orElseThrow(() -> new NoSuchImage(name));
                Steps.of("untag", watch)
                        .step("name", () -> images.untag(now.id(), exact))
                        .step("sync", () -> subvolumes.sync(layout.state()))
                        .run();
                return new Deleted(List.of(exact), List.of());
            } finally {
                reserve.keep();
            }
        };
    }

    private Held lock(ImageId id) throws Failure, InterruptedException {
        return locks.exclusive(id, "delete the image " + id);
    }

    private Held lockRoot(ImageId id) throws Failure, InterruptedException {
        return locks.exclusive(SnapshotId.of(id), "delete the image " + id);
    }

    private void check(ImageId id) throws Failure, InterruptedException {
        SnapshotId pristine = SnapshotId.of(id);
        Optional<Subvolume> root = roots.find(pristine);
        if (root.isEmpty() && images.find(id).isEmpty()) {
            throw new NoSuchImage(id.hex());
        }
        guard.check(pristine, root);
        guard.checkLayers(pristine, images.layersOnlyOf(id));
    }

    /// The store goes first: when podman refuses, the root is still there. From then on the deletion is completed,
    /// by the next start if need be.
    private Deleted delete(ImageId id, TransferListener listener) throws Failure, InterruptedException {
        check(id);
        SnapshotId pristine = SnapshotId.of(id);
        boolean hadRoot = roots.find(pristine).isPresent();
        Optional<Image> image = images.find(id);
        ImageRecord before = record(id);
        Steps.of("delete-image", watch)
                .step("originals", roots::recordSnapshotsOfOriginal)
                .step("intent", () -> records.write(before.withDeleting(true)), () -> giveUp(before))
                .step("store", () -> removeFromStore(image))
                .run();
        deleteRoot(id);
        if (hadRoot) {
            listener.deleted(pristine);
        }
        return new Deleted(image.map(Image::names).orElse(List.of()), image.isPresent() ? List.of(id) : List.of());
    }

    /// When podman has deleted the image and something failed after, there is no way back.
    private void giveUp(ImageRecord before) throws Failure, InterruptedException {
        if (images.find(before.id()).isPresent()) {
            records.write(before);
        }
    }

    private void removeFromStore(Optional<Image> image) throws Failure, InterruptedException {
        if (image.isPresent()) {
            images.remove(image.get().id());
            arrivals.deleted(image.get().id());
        }
    }

    /// When somebody else brings the image again, its layer is its root.
    private void deleteRoot(ImageId id) throws Failure, InterruptedException {
        SnapshotId pristine = SnapshotId.of(id);
        Steps steps = Steps.of("delete-image", watch);
        Optional<Subvolume> root = roots.find(pristine);
        if (root.isPresent()) {
            steps.step("root", () -> deleteSnapshot.remove(pristine, root.get().directory()));
        }
        steps.step("settle", () -> records.write(record(id).withRoot(false).withDeleting(false)))
                .step("sync", () -> subvolumes.sync(layout.state()))
                .run();
    }

    /// Completes a deletion that had begun when the service was killed. One that is not allowed any more is given up.
    void complete(ImageId id) throws Failure, InterruptedException {
        try (Held _ = lock(id);
                Held _ = lockRoot(id);
                Held _ = locks.theDefault("delete " + id)) {
            if (!record(id).deleting()) {
                return;
            }
            try {
                check(id);
                removeFromStore(images.find(id));
                deleteRoot(id);
            } catch (SnapshotInUse | ImageInUse | NoSuchImage _) {
                records.write(record(id).withDeleting(false));
            }
        }
    }

    private ImageRecord record(ImageId id) throws Failure {
        return records.image(id).orElse(ImageRecord.none(id));
    }
}
