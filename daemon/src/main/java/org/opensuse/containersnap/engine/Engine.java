package org.opensuse.containersnap.engine;

import java.nio.file.Path;
import java.time.Clock;
import org.opensuse.containersnap.snapshot.Image;
import org.opensuse.containersnap.step.StepWatch;

/// The verbs, over one store.
public record Engine(
        Initialise initialise,
        BringImages bringImages,
        DeleteImage deleteImage,
        CreateSnapshot createSnapshot,
        SwitchTo switchTo,
        Rollback rollback,
        Trial trial,
        SetReadOnly setReadOnly,
        Pin pin,
        DeleteSnapshot deleteSnapshot,
        Deploy deploy,
        PlanDeploy planDeploy,
        Prune prune,
        ListImages images,
        ListSnapshots snapshots,
        VerifyRoot verifyRoot,
        CheckUpdate checkUpdate,
        Update update,
        Reboot reboot,
        Reconcile reconcile) {
    /// Puts the verbs together.
    ///
    /// @param hooks make what deploy made ready to be booted
    /// @param rebootFlag the file that tells everybody that the machine is to be rebooted
    /// @param reboot restarts the machine
    /// @param standard what a prune keeps when nobody says anything else
    /// @param terms of the trial of what was switched to
    /// @param watch hears of the steps of each
    public static Engine over(
            StoreLayout layout,
            Subvolumes subvolumes,
            StoreVolume volume,
            ImageStore store,
            Archives archives,
            Records records,
            Inspection inspection,
            Takeover takeover,
            Hooks hooks,
            Path rebootFlag,
            Reboot reboot,
            Registry registry,
            Retention standard,
            Trial.Terms terms,
            StepWatch watch) {
        Locks locks = new Locks();
        Arrivals arrivals =
                new Arrivals(() -> store.images().stream().map(Image::id).toList());
        Roots roots = new Roots(layout, subvolumes, store, records, arrivals);
        WorkNumbers numbers = new WorkNumbers(roots, records);
        LeftImages left = new LeftImages(records);
        RollbackTarget target = new RollbackTarget(subvolumes, records, left);
        DeletionGuard guard = new DeletionGuard(subvolumes, records, roots, target);
        Reserve reserve = new Reserve(layout, subvolumes, volume);
        Initialise initialise = new Initialise(layout, subvolumes, reserve, watch);
        Trial trial = new Trial(layout, subvolumes, reserve, records, roots, target, left, locks, terms, watch);
        ChooseDefault choose = new ChooseDefault(
                layout, initialise, subvolumes, reserve, records, target, trial, left, Clock.systemUTC(), watch);
        Rollback rollback = new Rollback(layout, subvolumes, roots, target, choose, trial, locks, watch);
        TakeRoot takeRoot = new TakeRoot(layout, subvolumes, store, records, locks, watch);
        DeleteSnapshot deleteSnapshot =
                new DeleteSnapshot(layout, subvolumes, reserve, records, roots, guard, numbers, locks, watch);
        BringImages bringImages = new BringImages(
                layout,
                initialise,
                subvolumes,
                reserve,
                store,
                records,
                archives,
                takeRoot,
                deleteSnapshot,
                arrivals,
                watch);
        DeleteImage deleteImage = new DeleteImage(
                layout, subvolumes, reserve, store, records, roots, guard, deleteSnapshot, arrivals, locks, watch);
        PlanPrune planning =
                new PlanPrune(layout, subvolumes, volume, store, roots, guard, arrivals, Clock.systemUTC());
        CreateSnapshot createSnapshot =
                new CreateSnapshot(layout, initialise, subvolumes, reserve, records, roots, numbers, locks, watch);
        Decided decided = new Decided(subvolumes, roots, target, left, trial);
        SwitchTo switchTo = new SwitchTo(layout, subvolumes, records, roots, choose, decided, locks);
        VerifyRoot verifyRoot = new VerifyRoot(store, roots, inspection);
        RunningImage running = new RunningImage(subvolumes, store, roots, locks);
        Missing missing = new Missing(store);
        Deploy deploy = new Deploy(
                layout,
                subvolumes,
                store,
                records,
                roots,
                locks,
                running,
                takeover,
                hooks,
                new RebootFlag(rebootFlag),
                new Deploy.Verbs(bringImages, verifyRoot, createSnapshot, switchTo, deleteSnapshot, deleteImage),
                watch);
        ListSnapshots snapshots = new ListSnapshots(subvolumes, records, roots);
        CheckUpdate checkUpdate = new CheckUpdate(
                layout, initialise, subvolumes, records, snapshots, registry, missing, Clock.systemUTC(), watch);
        return new Engine(
                initialise,
                bringImages,
                deleteImage,
                createSnapshot,
                switchTo,
                rollback,
                trial,
                new SetReadOnly(subvolumes, roots, locks, watch),
                new Pin(layout, initialise, subvolumes, reserve, records, roots, locks, watch),
                deleteSnapshot,
                deploy,
                new PlanDeploy(
                        subvolumes,
                        store,
                        roots,
                        running,
                        takeover,
                        hooks,
                        verifyRoot,
                        registry,
                        missing,
                        reboot,
                        locks),
                new Prune(layout, volume, planning, deleteSnapshot, deleteImage, standard),
                new ListImages(store, records, roots),
                snapshots,
                verifyRoot,
                checkUpdate,
                new Update(checkUpdate, snapshots, decided, deploy, left, subvolumes, layout),
                reboot,
                new Reconcile(
                        initialise,
                        reserve,
                        records,
                        roots,
                        numbers,
                        rollback,
                        bringImages,
                        deleteImage,
                        deploy,
                        new RebuildRecords(layout, subvolumes, store, records, roots, locks)));
    }
}
