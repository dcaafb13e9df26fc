package org.opensuse.containersnap.engine;

import java.util.ArrayList;
import java.util.List;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.Busy;
import org.opensuse.containersnap.snapshot.Failure.ImageInUse;
import org.opensuse.containersnap.snapshot.Failure.NoSuchImage;
import org.opensuse.containersnap.snapshot.Failure.NoSuchSnapshot;
import org.opensuse.containersnap.snapshot.Failure.SnapshotInUse;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.step.Steps;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Deletes what a retention does not keep.
public final class Prune {
    private static final Logger log = LoggerFactory.getLogger(Prune.class);

    private final StoreLayout layout;
    private final StoreVolume volume;
    private final PlanPrune planning;
    private final DeleteSnapshot deleteSnapshot;
    private final DeleteImage deleteImage;
    private final Retention standard;

    Prune(
            StoreLayout layout,
            StoreVolume volume,
            PlanPrune planning,
            DeleteSnapshot deleteSnapshot,
            DeleteImage deleteImage,
            Retention standard) {
        this.layout = layout;
        this.volume = volume;
        this.planning = planning;
        this.deleteSnapshot = deleteSnapshot;
        this.deleteImage = deleteImage;
        this.standard = standard;
    }

    /// A snapshot that goes; an image's own one goes with the image.
    ///
    /// @param bytes that become free by it when all before it in the plan are gone: of files' data, as they are on
    ///     disk, that nothing else in the store refers to
    public record Deletion(SnapshotId snapshot, long bytes) {}

    /// What was done.
    ///
    /// @param snapshots that were deleted, in this order
    /// @param images of them
    /// @param kept of the plan, since somebody began to use it meanwhile
    public record Done(List<SnapshotId> snapshots, List<ImageId> images, List<SnapshotId> kept) {}

    /// What is kept when nobody says anything else.
    public Retention standard() {
        return standard;
    }

    /// What [#run] would delete now, in this order.
    public List<Deletion> plan(Retention retention) throws Failure, InterruptedException {
        return planning.of(retention);
    }

    /// Plans and does just that, durable on return; one that can't go any more is left. A cancel is heard between two
    /// deletions.
    public Done run(Retention retention, PruneListener listener) throws Failure, InterruptedException {
        listener.planning();
        List<Deletion> plan = planning.of(retention);
        long all = plan.stream().mapToLong(Deletion::bytes).sum();
        Done done = new Done(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        long freed = 0;
        for (Deletion deletion : plan) {
            listener.deleting(freed, all);
            listener.whole(() -> delete(deletion.snapshot(), done, listener));
            freed += deletion.bytes();
        }
        if (!plan.isEmpty()) {
            listener.deleting(freed, all);
            volume.settle(layout.state());
        }
        return done;
    }

    private void delete(SnapshotId id, Done done, PruneListener listener) throws Failure, InterruptedException {
        try {
            if (id.pristine()) {
                done.images()
                        .addAll(deleteImage
                                .byId(id.image())
                                .run(new QuietListener(listener::deleted))
                                .deleted());
            } else {
                deleteSnapshot.snapshot(id);
                listener.deleted(id);
            }
            done.snapshots().add(id);
        } catch (SnapshotInUse | ImageInUse | NoSuchSnapshot | NoSuchImage | Busy e) {
            log.atInfo()
                    .addKeyValue(Key.SNAPSHOT, id)
                    .addKeyValue(Key.ERROR, e.line())
                    .log("not pruned");
            done.kept().add(id);
        }
    }

    /// Hears how far a prune is; called on the thread that does it.
    public interface PruneListener {
        /// Takes note that it is found out what goes.
        void planning();

        /// Takes note of what is free so far.
        void deleting(long bytesFreed, long bytesInAll);

        /// Does a part that a cancel waits for.
        ///
        /// @throws InterruptedException when a cancel came, before it or meanwhile
        void whole(Steps.Action part) throws Failure, InterruptedException;

        /// Takes note that a snapshot is gone, durably.
        void deleted(SnapshotId snapshot);
    }
}
