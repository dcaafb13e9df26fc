package org.opensuse.containersnap.engine;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.opensuse.containersnap.engine.Subvolumes.Identity;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// The port to the durable record of what the file system alone can't tell.
///
/// A write or removal is durable with the file system's next commit, such as taking a snapshot or a sync waits for, and
/// never without what was done on the file system before it.
public interface Records {
    /// Removes what writes left that did not come to their end because the service was killed.
    void clear() throws Failure;

    /// The images that have a record, whatever it says.
    Set<ImageId> images() throws Failure;

    /// A record that is damaged is set aside, with a warning, and counts as absent.
    Optional<ImageRecord> image(ImageId id) throws Failure;

    void write(ImageRecord image) throws Failure;

    void remove(ImageId id) throws Failure;

    /// What pulls and loads have to do yet.
    List<Intent> intents() throws Failure;

    /// Whether an image stays for the sake of its root, which is there or is going to be.
    default boolean uses(ImageId id) throws Failure {
        boolean root = image(id)
                .filter(image -> image.rootTaken() && !image.deleting())
                .isPresent();
        return root
                || intents().stream()
                        .filter(intent -> !intent.undo())
                        .flatMap(intent -> intent.images().stream())
                        .anyMatch(coming -> coming.image().equals(id));
    }

    void write(Intent intent) throws Failure;

    void remove(Intent intent) throws Failure;

    /// The snapshots that have a record, whatever it says.
    Set<SnapshotId> snapshots() throws Failure;

    /// A record that is damaged is set aside, with a warning, and counts as absent.
    Optional<SnapshotRecord> snapshot(SnapshotId id) throws Failure;

    void write(SnapshotRecord snapshot) throws Failure;

    /// Removes what is recorded of a snapshot.
    void remove(SnapshotId id) throws Failure;

    /// Directories of the original program's snapshots. Else only the image tells their IDs, and it may go.
    Map<SnapshotId, Path> snapshotsOfOriginal() throws Failure;

    void writeSnapshotOfOriginal(SnapshotId id, Path root) throws Failure;

    /// Where a rollback goes; empty before the first switch. One that is damaged is set aside, with a warning, and
    /// counts as absent.
    Optional<RollbackRecord> rollback() throws Failure;

    void write(RollbackRecord rollback) throws Failure;

    void removeRollback() throws Failure;

    /// The trials that were begun and not taken back: one, unless a switch is at work or ended in the middle.
    /// One that is damaged counts as absent.
    List<TrialRecord> trials() throws Failure;

    void write(TrialRecord trial) throws Failure;

    void removeTrial(SnapshotId id) throws Failure;

    /// The images that nothing deploys by itself.
    Set<ImageId> left() throws Failure;

    void writeLeft(ImageId id) throws Failure;

    void removeLeft(ImageId id) throws Failure;

    /// What a registry told last; empty before it did. One that is damaged is set aside, with a warning, and counts as
    /// absent.
    Optional<CheckRecord> check() throws Failure;

    void write(CheckRecord check) throws Failure;

    /// What a registry told.
    ///
    /// @param downloadBytes of the layers that the store did not have then
    record CheckRecord(
            ImageReference reference,
            String digest,
            ImageId image,
            Optional<String> version,
            Optional<Instant> created,
            long downloadBytes,
            Instant asked) {}

    /// Where a rollback goes.
    ///
    /// @param target what was booted at the last switch
    /// @param decision what that switch chose; empty when an earlier version made it
    /// @param unsettled when that switch is at work, or ended in the middle
    record RollbackRecord(Identity target, Optional<Decision> decision, Optional<Unsettled> unsettled) {
        RollbackRecord settled() {
            return new RollbackRecord(target, decision, Optional.empty());
        }

        RollbackRecord decided(Decision by) {
            return new RollbackRecord(target, Optional.of(by), unsettled);
        }
    }

    /// What chose what the next boot takes.
    ///
    /// @param subvolume the ID of what was chosen
    record Decision(Chooser chooser, long subvolume, Instant when) {}

    /// The boots that a new system has to prove itself. Outside of this service, the program `trial` counts
    /// them and goes back.
    ///
    /// @param back the ID of the subvolume that the machine goes back to
    /// @param tries how often it may be booted without proving itself
    /// @param seconds how long a boot may take to
    record TrialRecord(SnapshotId snapshot, long back, int tries, long seconds, List<TrialEvent> events) {
        public TrialRecord {
            events = List.copyOf(events);
        }

        TrialRecord with(TrialEvent event) {
            return new TrialRecord(
                    snapshot,
                    back,
                    tries,
                    seconds,
                    Stream.concat(events.stream(), Stream.of(event)).toList());
        }
    }

    /// Something that came about.
    ///
    /// @param detail what failed; empty with all others
    record TrialEvent(Kind kind, String detail) {
        /// What.
        public enum Kind {
            /// A boot began.
            TRY,
            /// Its services began to start.
            STARTED,
            /// Something that proves it failed.
            FAILED,
            /// It proved itself.
            GOOD,
            /// The machine went back.
            BACK,
            /// There was nothing to go back to.
            STUCK
        }
    }

    /// A switch of which is not known whether it came about: it did when the next boot takes what it chose.
    ///
    /// @param chosen the ID of the subvolume
    /// @param before the record that counts when it did not, a settled one
    /// @param leave the image that the machine goes back from with it
    /// @param take the image that somebody chooses again with it
    record Unsettled(long chosen, Optional<RollbackRecord> before, Optional<ImageId> leave, Optional<ImageId> take) {}

    /// What is kept of an image, also after it went.
    ///
    /// @param origin the reference or source that it came from last, when this service brought it
    /// @param version its label; empty when it has none, and when an earlier version brought it
    /// @param rootTaken whether its root was put into `roots/`, so that its layer is no root
    /// @param lastWork the highest N of snapshots of the image that were deleted; N never comes back
    /// @param deleting whether its deletion has begun and has to be completed
    record ImageRecord(
            ImageId id,
            Optional<String> origin,
            Optional<String> version,
            boolean rootTaken,
            long lastWork,
            boolean deleting) {
        /// Of an image that nothing was recorded of.
        static ImageRecord none(ImageId id) {
            return new ImageRecord(id, Optional.empty(), Optional.empty(), false, 0, false);
        }

        ImageRecord withRoot(boolean taken) {
            return new ImageRecord(id, origin, version, taken, lastWork, deleting);
        }

        ImageRecord withVersion(Optional<String> label) {
            return new ImageRecord(id, origin, label, rootTaken, lastWork, deleting);
        }

        ImageRecord withOrigin(String from) {
            return new ImageRecord(id, Optional.of(from), version, rootTaken, lastWork, deleting);
        }

        ImageRecord withLastWork(long last) {
            return new ImageRecord(id, origin, version, rootTaken, last, deleting);
        }

        ImageRecord withDeleting(boolean begun) {
            return new ImageRecord(id, origin, version, rootTaken, lastWork, begun);
        }

        /// As it was before the image came, but for what others have done since: numbers stay given, and what was
        /// deleted is gone.
        ImageRecord withoutArrival(Optional<ImageRecord> before) {
            ImageRecord old = before.orElse(none(id));
            return new ImageRecord(id, old.origin, old.version, old.rootTaken && rootTaken, lastWork, deleting);
        }
    }

    /// What a pull or load has to do with images that are in the store: take their roots, or remove them again. One
    /// record for all, so that it is done with all or with none.
    ///
    /// @param id a name for the record
    /// @param origin where they came from
    /// @param undo whether the images are to be as they were before
    record Intent(String id, String origin, List<Coming> images, boolean undo) {
        public Intent {
            images = List.copyOf(images);
        }

        Intent undone() {
            return new Intent(id, origin, images, true);
        }
    }

    /// An image of which a root is to be taken.
    ///
    /// @param fresh whether it was not in the store before
    /// @param before what was recorded of it
    record Coming(ImageId image, boolean fresh, Optional<ImageRecord> before) {}

    /// A snapshot.
    ///
    /// @param base the snapshot it was made from
    /// @param origin of its image, when that was known
    /// @param pinned whether somebody has it kept
    /// @param deploying whether a deployment that is not done makes it: it goes when that comes to nothing
    record SnapshotRecord(
            SnapshotId id, Optional<SnapshotId> base, Optional<String> origin, boolean pinned, boolean deploying) {
        /// One that no deployment makes.
        public SnapshotRecord(SnapshotId id, Optional<SnapshotId> base, Optional<String> origin, boolean pinned) {
            this(id, base, origin, pinned, false);
        }

        SnapshotRecord withPin(boolean set) {
            return new SnapshotRecord(id, base, origin, set, deploying);
        }

        SnapshotRecord deployed() {
            return new SnapshotRecord(id, base, origin, pinned, false);
        }
    }
}
