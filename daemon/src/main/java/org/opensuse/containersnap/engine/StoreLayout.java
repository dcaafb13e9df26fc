package org.opensuse.containersnap.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// Where things lie below the state directory.
///
/// Roots hold set-user-ID programs of systems that are no longer updated, so only root may look into them.
///
/// @param state such as `/var/lib/container-snap`
public record StoreLayout(Path state) {
    private static final FileAttribute<Set<PosixFilePermission>> ROOT_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    /// The bootable subvolumes.
    public Path roots() {
        return state.resolve("roots");
    }

    public Path root(SnapshotId id) {
        return roots().resolve(id.toString());
    }

    /// podman's graph root.
    public Path images() {
        return state.resolve("snapshots");
    }

    /// The records.
    public Path records() {
        return state.resolve("state");
    }

    /// Scratch space of podman.
    public Path temporary() {
        return state.resolve("tmp");
    }

    /// Makes the directories that lack, and tells whether any did.
    boolean make() throws Failure {
        boolean made = false;
        try {
            for (Path directory : new Path[] {state, roots(), images(), records(), temporary()}) {
                if (!Files.isDirectory(directory)) {
                    Files.createDirectories(directory, ROOT_ONLY);
                    made = true;
                }
            }
            return made;
        } catch (IOException e) {
            throw new StorageFailed("can't make the directories of the store below " + state + ": " + e, e);
        }
    }
}
