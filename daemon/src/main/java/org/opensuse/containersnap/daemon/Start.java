package org.opensuse.containersnap.daemon;

import org.opensuse.containersnap.engine.Reconcile;
import org.opensuse.containersnap.engine.Records.Intent;
import org.opensuse.containersnap.journal.Event;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.podman.PodmanImageStore;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts in order what a daemon left that was killed: each half-done step is completed or undone.
///
/// Nothing of it is a reason not to start, since reading works all the same and the machine must be mendable. What
/// could not be done is tried again by the next start.
final class Start {
    private static final Logger log = LoggerFactory.getLogger(Start.class);

    private final PodmanImageStore images;
    private final Reconcile reconcile;
    private final StoreCheck check;
    private final StepWatch watch;

    Start(PodmanImageStore images, Reconcile reconcile, StoreCheck check, StepWatch watch) {
        this.images = images;
        this.reconcile = reconcile;
        this.check = check;
        this.watch = watch;
    }

    void run() throws Failure, InterruptedException {
        Steps.of("start", watch)
                .step("store", () -> attempt("make the rest of the store", reconcile::completeStore))
                .step("room", reconcile::makeRoom)
                .step("switch", () -> attempt("find out whether a switch came about", this::settleSwitch))
                .step("transfers", () -> attempt("clear what a killed daemon left", images::recover))
                .step("images", () -> attempt("look for what was begun with images", this::completeImages))
                .step("deployments", () -> attempt("look for deployments that were begun", this::completeDeployments))
                .step("records", () -> attempt("bring records and disk together", check::records))
                .step(
                        "originals",
                        () -> attempt(
                                "write down which snapshots the original program made",
                                reconcile::recordSnapshotsOfOriginal))
                .step("reserve", reconcile::keepRoom)
                .run();
    }

    private static void attempt(String what, Steps.Action action) throws InterruptedException {
        try {
            action.run();
        } catch (Failure e) {
            log.atWarn().addKeyValue(Key.ERROR, e.line()).log("can't {}", what);
        }
    }

    private void settleSwitch() throws Failure, InterruptedException {
        reconcile
                .settleSwitch()
                .ifPresent(failed -> log.atWarn()
                        .addKeyValue(Key.EVENT, Event.TRIAL_FAILED)
                        .addKeyValue(Key.SNAPSHOT, failed.snapshot())
                        .addKeyValue(Key.ERROR, failed.reason())
                        .log("the machine went back from a new system by itself"));
    }

    /// The deletions first: one that had begun kept the image's lock, so who wants its root had not begun.
    private void completeImages() throws Failure, InterruptedException {
        for (ImageId id : reconcile.deletions()) {
            log.atInfo().addKeyValue(Key.IMAGE, id).log("completes the deletion of an image");
            attempt("complete the deletion of an image", () -> reconcile.completeDeletion(id));
        }
        for (Intent intent : reconcile.intents()) {
            log.atInfo().addKeyValue(Key.REFERENCE, intent.origin()).log("completes or undoes what was begun");
            attempt("complete what was begun with images", () -> reconcile.complete(intent));
        }
    }

    private void completeDeployments() throws Failure, InterruptedException {
        for (SnapshotId id : reconcile.deployments()) {
            log.atInfo().addKeyValue(Key.SNAPSHOT, id).log("completes or undoes a deployment");
            attempt("complete or undo a deployment", () -> reconcile.completeDeployment(id));
        }
    }
}
