package org.opensuse.containersnap.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.opensuse.containersnap.engine.Records.ImageRecord;
import org.opensuse.containersnap.engine.Records.Intent;
import org.opensuse.containersnap.engine.Records.SnapshotRecord;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// Makes the records agree with the disk, which is the truth, at the start.
public final class Reconcile {
    private final Initialise initialise;
    private final Reserve reserve;
    private final Records records;
    private final Roots roots;
    private final WorkNumbers numbers;
    private final Rollback rollback;
    private final BringImages bringImages;
    private final DeleteImage deleteImage;
    private final Deploy deploy;
    private final RebuildRecords rebuild;

    Reconcile(
            Initialise initialise,
            Reserve reserve,
            Records records,
            Roots roots,
            WorkNumbers numbers,
            Rollback rollback,
            BringImages bringImages,
            DeleteImage deleteImage,
            Deploy deploy,
            RebuildRecords rebuild) {
        this.initialise = initialise;
        this.reserve = reserve;
        this.records = records;
        this.roots = roots;
        this.numbers = numbers;
        this.rollback = rollback;
        this.bringImages = bringImages;
        this.deleteImage = deleteImage;
        this.deploy = deploy;
        this.rebuild = rebuild;
    }

    /// Makes the rest of a store that was being made, and removes halves of records.
    public void completeStore() throws Failure, InterruptedException {
        initialise.complete();
        records.clear();
    }

    /// Makes room for what is to be put in order, on a full disk.
    public void makeRoom() {
        reserve.release();
    }

    /// Keeps room for what may have to be put in order some day.
    public void keepRoom() {
        reserve.keep();
    }

    /// Finds out whether a switch that ended in the middle came about, and what became of what was on trial.
    ///
    /// @return the trial that failed since the last start
    public Optional<Trial.State> settleSwitch() throws Failure, InterruptedException {
        return rollback.settle();
    }

    /// What pulls and loads had to do yet.
    public List<Intent> intents() throws Failure {
        return records.intents();
    }

    /// Does it.
    public void complete(Intent intent) throws Failure, InterruptedException {
        bringImages.complete(intent);
    }

    /// The images whose deletion had begun.
    public List<ImageId> deletions() throws Failure {
        List<ImageId> begun = new ArrayList<>();
        for (ImageId id : records.images()) {
            if (records.image(id).filter(ImageRecord::deleting).isPresent()) {
                begun.add(id);
            }
        }
        return begun;
    }

    /// Completes a deletion.
    public void completeDeletion(ImageId id) throws Failure, InterruptedException {
        deleteImage.complete(id);
    }

    /// The snapshots of deployments that were not done.
    public List<SnapshotId> deployments() throws Failure {
        return deploy.begun();
    }

    /// Completes a deployment when the next boot takes its snapshot; else removes that.
    public void completeDeployment(SnapshotId id) throws Failure, InterruptedException {
        deploy.complete(id);
    }

    /// Drops records of snapshots that are not there: a crash between a record and its snapshot, or a deletion.
    ///
    /// @return the IDs whose records were dropped
    public List<SnapshotId> dropRecordsWithoutRoot() throws Failure {
        List<SnapshotId> dropped = new ArrayList<>();
        Set<SnapshotId> recorded = new LinkedHashSet<>(records.snapshots());
        recorded.addAll(records.snapshotsOfOriginal().keySet());
        for (SnapshotId id : recorded) {
            if (roots.find(id).isEmpty()) {
                records.snapshot(id); // a damaged one is set aside, not dropped
                numbers.keep(id);
                records.remove(id);
                dropped.add(id);
            }
        }
        return dropped;
    }

    /// Makes the records that are missing again, of what the disk tells. Does nothing while all are there.
    ///
    /// @return the snapshots that had none
    public List<SnapshotRecord> rebuildRecords() throws Failure, InterruptedException {
        for (ImageId image : records.images()) {
            records.image(image); // a damaged one is set aside
        }
        return rebuild.missing();
    }

    /// Directories that have a snapshot's name in `roots/` and are no subvolumes.
    public List<Path> noSubvolumes() throws Failure {
        return roots.noSubvolumes();
    }

    /// Writes down which snapshots of the original program belong to which image, as long as the image is there.
    public void recordSnapshotsOfOriginal() throws Failure {
        roots.recordSnapshotsOfOriginal();
    }
}
