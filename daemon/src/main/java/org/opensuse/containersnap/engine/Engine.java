package org.opensuse.containersnap.engine;

/// The verbs, over one store.
public record Engine(
        Initialise initialise,
        BringImages bringImages,
        DeleteImage deleteImage,
        CreateSnapshot createSnapshot,
        SwitchTo switchTo,
        SetReadOnly setReadOnly,
        DeleteSnapshot deleteSnapshot,
        ListImages images,
        ListSnapshots snapshots,
        Reconcile reconcile) {
    /// Puts the verbs together.
    public static Engine over(
            StoreLayout layout, Subvolumes subvolumes, ImageStore store, Archives archives, Records records) {
        Locks locks = new Locks();
        Roots roots = new Roots(layout, subvolumes, store, records);
        WorkNumbers numbers = new WorkNumbers(roots, records);
        DeletionGuard guard = new DeletionGuard(subvolumes, roots);
        Initialise initialise = new Initialise(layout, subvolumes);
        TakeRoot takeRoot = new TakeRoot(layout, subvolumes, store, records, locks);
        DeleteSnapshot deleteSnapshot = new DeleteSnapshot(layout, subvolumes, records, roots, guard, numbers, locks);
        return new Engine(
                initialise,
                new BringImages(initialise, store, archives, takeRoot, locks),
                new DeleteImage(layout, subvolumes, store, records, roots, guard, deleteSnapshot, locks),
                new CreateSnapshot(layout, initialise, subvolumes, records, roots, numbers, locks),
                new SwitchTo(subvolumes, roots, locks),
                new SetReadOnly(subvolumes, roots, locks),
                deleteSnapshot,
                new ListImages(store, records, roots),
                new ListSnapshots(subvolumes, records, roots),
                new Reconcile(records, roots, numbers));
    }
}
