package org.opensuse.containersnap.engine;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.engine.Records.SnapshotRecord;
import org.opensuse.containersnap.engine.Subvolumes.Identity;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.SnapshotInUse;
import org.opensuse.containersnap.snapshot.Quoted;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.Subvolume;

/// Refuses to delete what the machine runs from, what it boots next, what a rollback chooses, what is pinned, and what
/// has subvolumes inside.
///
/// The kernel refuses the default subvolume and subvolumes inside too, but a mounted root it deletes at once.
final class DeletionGuard {
    private static final String DELETE = "delete";

    private final Subvolumes subvolumes;
    private final Records records;
    private final Roots roots;
    private final RollbackTarget rollback;

    DeletionGuard(Subvolumes subvolumes, Records records, Roots roots, RollbackTarget rollback) {
        this.subvolumes = subvolumes;
        this.records = records;
        this.roots = roots;
        this.rollback = rollback;
    }

    /// Checks a snapshot.
    ///
    /// @param root its subvolume, when it has one
    void check(SnapshotId id, Optional<Subvolume> root) throws Failure {
        BootState state = BootState.read(subvolumes, roots);
        if (state.isBooted(id)) {
            throw booted(id);
        }
        if (state.isDefault(id)) {
            throw isDefault(id);
        }
        if (root.isPresent()) {
            checkSubvolume(id, root.get(), state);
            checkPin(id);
        }
    }

    private void checkPin(SnapshotId id) throws Failure {
        if (records.snapshot(id).filter(SnapshotRecord::pinned).isPresent()) {
            throw new SnapshotInUse(id, DELETE, "it is pinned", "say 'container-snap unpin " + id + "' first");
        }
    }

    /// Checks the subvolumes of podman that go when the image goes.
    void checkLayers(SnapshotId pristine, List<Path> layers) throws Failure {
        BootState state = BootState.read(subvolumes, roots);
        for (Path layer : layers) {
            Optional<Subvolume> subvolume = subvolumes.find(layer);
            if (subvolume.isPresent()) {
                checkSubvolume(pristine, subvolume.get(), state);
            }
        }
    }

    private void checkSubvolume(SnapshotId id, Subvolume subvolume, BootState state) throws Failure {
        if (state.booted().id() == subvolume.id()) {
            throw booted(id);
        }
        if (state.next().id() == subvolume.id()) {
            throw isDefault(id);
        }
        Optional<Identity> back = rollback.find();
        if (back.isPresent() && back.get().id() == subvolume.id()) {
            throw new SnapshotInUse(
                    id,
                    DELETE,
                    "a rollback goes to it",
                    "switch to another snapshot and reboot first, or say 'container-snap rollback --forget'");
        }
        List<Path> mounts = subvolumes.mountsIn(subvolume.directory());
        if (!mounts.isEmpty()) {
            throw new SnapshotInUse(
                    id,
                    DELETE,
                    "something is mounted at " + Quoted.of(mounts.getFirst().toString()),
                    "unmount that first");
        }
        List<String> inside = subvolumes.inside(subvolume.directory());
        if (!inside.isEmpty()) {
            throw new SnapshotInUse(
                    id,
                    DELETE,
                    "it has the subvolume " + Quoted.of(inside.getFirst()) + " inside"
                            + (inside.size() > 1 ? " and " + (inside.size() - 1) + " more" : ""),
                    "delete that first with 'btrfs subvolume delete', below " + subvolume.directory());
        }
    }

    private static SnapshotInUse booted(SnapshotId id) {
        return new SnapshotInUse(id, DELETE, "the machine runs from it", "switch to another snapshot and reboot first");
    }

    private static SnapshotInUse isDefault(SnapshotId id) {
        return new SnapshotInUse(id, DELETE, "the next boot takes it", "switch to another snapshot first");
    }
}
