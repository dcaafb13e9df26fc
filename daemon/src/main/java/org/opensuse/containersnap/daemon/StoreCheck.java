package org.opensuse.containersnap.daemon;

import java.nio.file.Path;
import org.opensuse.containersnap.engine.Reconcile;
import org.opensuse.containersnap.engine.Records.SnapshotRecord;
import org.opensuse.containersnap.journal.Event;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.podman.PodmanImageStore;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings records and disk together and tells the journal what was found.
///
/// @param reconcile does it
/// @param images podman's store
record StoreCheck(Reconcile reconcile, PodmanImageStore images) {
    private static final Logger log = LoggerFactory.getLogger(StoreCheck.class);

    void records() throws Failure, InterruptedException {
        for (SnapshotId id : reconcile.dropRecordsWithoutRoot()) {
            log.atWarn().addKeyValue(Key.SNAPSHOT, id).log("dropped the record of a snapshot that is not there");
        }
        warnOfWhatIsNotThere();
        rebuildRecords();
    }

    /// To be done when somebody else may have deleted records.
    void rebuildRecords() throws InterruptedException {
        try {
            for (SnapshotRecord record : reconcile.rebuildRecords()) {
                log.atWarn()
                        .addKeyValue(Key.EVENT, Event.RECORD_REBUILT)
                        .addKeyValue(Key.SNAPSHOT, record.id())
                        .addKeyValue(Key.REFERENCE, record.origin().orElse("unknown"))
                        .log("made the record of a snapshot again");
            }
        } catch (Failure e) {
            log.atWarn().addKeyValue(Key.ERROR, e.line()).log("can't make missing records again");
        }
    }

    private void warnOfWhatIsNotThere() {
        try {
            for (Path directory : reconcile.noSubvolumes()) {
                warn(directory
                        + " is no btrfs subvolume, so it can't be booted; it is not listed, and the next pull of "
                        + "its image renames it");
            }
            images.imagesWithoutLayers()
                    .forEach((image, names) -> warn("the image " + image + " " + names
                            + " is recorded in podman's store, but its layers are no btrfs subvolumes; it is not "
                            + "listed, and the next pull or load removes the record"));
        } catch (Failure e) {
            log.atWarn().addKeyValue(Key.ERROR, e.line()).log("can't look for what is no subvolume");
        }
    }

    private static void warn(String found) {
        log.atWarn()
                .addKeyValue(Key.EVENT, Event.NOT_A_SUBVOLUME)
                .addKeyValue(Key.ERROR, found)
                .log("not a subvolume");
    }
}
