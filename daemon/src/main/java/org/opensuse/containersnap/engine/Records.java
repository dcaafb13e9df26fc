package org.opensuse.containersnap.engine;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageId;
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

    Optional<ImageRecord> image(ImageId id) throws Failure;

    void write(ImageRecord image) throws Failure;

    void remove(ImageId id) throws Failure;

    /// The snapshots that have a record, whatever it says.
    Set<SnapshotId> snapshots() throws Failure;

    Optional<SnapshotRecord> snapshot(SnapshotId id) throws Failure;

    void write(SnapshotRecord snapshot) throws Failure;

    /// Removes what is recorded of a snapshot.
    void remove(SnapshotId id) throws Failure;

    /// Directories of the original program's snapshots. Else only the image tells their IDs, and it may go.
    Map<SnapshotId, Path> snapshotsOfOriginal() throws Failure;

    void writeSnapshotOfOriginal(SnapshotId id, Path root) throws Failure;

    /// What is kept of an image, also after it went.
    ///
    /// @param origin the reference or source that it came from last, when this service brought it
    /// @param rootTaken whether its root was put into `roots/`, so that its layer is no root
    /// @param lastWork the highest N of snapshots of the image that were deleted; N never comes back
    /// @param pending what was begun with the image and has to be completed
    record ImageRecord(
            ImageId id, Optional<String> origin, boolean rootTaken, long lastWork, Optional<Pending> pending) {
        /// Of an image that nothing was recorded of.
        static ImageRecord none(ImageId id) {
            return new ImageRecord(id, Optional.empty(), false, 0, Optional.empty());
        }

        ImageRecord withRoot(boolean taken) {
            return new ImageRecord(id, origin, taken, lastWork, pending);
        }

        ImageRecord withOrigin(String from) {
            return new ImageRecord(id, Optional.of(from), rootTaken, lastWork, pending);
        }

        ImageRecord withLastWork(long last) {
            return new ImageRecord(id, origin, rootTaken, last, pending);
        }

        ImageRecord about(Pending what) {
            return new ImageRecord(id, origin, rootTaken, lastWork, Optional.of(what));
        }

        ImageRecord settled() {
            return new ImageRecord(id, origin, rootTaken, lastWork, Optional.empty());
        }

        /// Whether the image stays for the sake of its root, which is there or is going to be.
        public boolean used() {
            return rootTaken && !is(Pending.DELETE);
        }

        boolean is(Pending what) {
            return pending.filter(what::equals).isPresent();
        }
    }

    /// What of an image was begun and, once begun, is completed: by the next start, if need be.
    enum Pending {
        /// It is in the store, and its root is not taken yet.
        TAKE_ROOT,
        /// It goes, with its root.
        DELETE
    }

    /// A snapshot.
    ///
    /// @param base the snapshot it was made from
    /// @param origin of its image, when that was known
    record SnapshotRecord(SnapshotId id, Optional<SnapshotId> base, Optional<String> origin) {}
}
