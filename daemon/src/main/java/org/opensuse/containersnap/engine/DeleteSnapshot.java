package org.opensuse.containersnap.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.engine.Locks.Held;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.InvalidId;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.Subvolume;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;

/// Deletes a snapshot that create-snapshot made.
public final class DeleteSnapshot {
    private final StoreLayout layout;
    private final Subvolumes subvolumes;
    private final Reserve reserve;
    private final Records records;
    private final Roots roots;
    private final DeletionGuard guard;
    private final WorkNumbers numbers;
    private final Locks locks;
    private final StepWatch watch;

    DeleteSnapshot(
            StoreLayout layout,
            Subvolumes subvolumes,
            Reserve reserve,
            Records records,
            Roots roots,
            DeletionGuard guard,
            WorkNumbers numbers,
            Locks locks,
            StepWatch watch) {
        this.layout = layout;
        this.subvolumes = subvolumes;
        this.reserve = reserve;
        this.records = records;
        this.roots = roots;
        this.guard = guard;
        this.numbers = numbers;
        this.locks = locks;
        this.watch = watch;
    }

    /// Deletes it, durable on return.
    public void snapshot(SnapshotId id) throws Failure, InterruptedException {
        if (id.pristine()) {
            throw new InvalidId(
                    id.toString(),
                    "a snapshot that can go by itself",
                    "an ID with -workN; this one goes when its image is deleted");
        }
        String asked = "delete " + id;
        try (Held _ = locks.exclusive(id.image(), asked);
                Held _ = locks.exclusive(id, asked);
                Held _ = locks.theDefault(asked)) {
            Subvolume root = roots.get(id);
            guard.check(id, Optional.of(root));
            reserve.release();
            remove(id, root.directory());
        } finally {
            reserve.keep();
        }
    }

    /// Deletes a root that was checked, under its lock. The number is kept before the snapshot goes.
    void remove(SnapshotId id, Path root) throws Failure, InterruptedException {
        Steps.of("delete-snapshot", watch)
                .step("number", () -> numbers.keep(id))
                .step("subvolume", () -> subvolumes.delete(root))
                .step("record", () -> records.remove(id))
                .step("sync", () -> subvolumes.sync(layout.state()))
                .run();
    }

    /// Deletes a pristine root again that was just taken, unless somebody has begun to use it.
    void removeAgain(SnapshotId id) throws Failure, InterruptedException {
        removeAgain(id, _ -> {});
    }

    /// Deletes the root of a deployment that came to nothing, with the subvolumes that its hooks made inside.
    void discard(SnapshotId id) throws Failure, InterruptedException {
        if (roots.find(id).isPresent()) {
            removeAgain(id, this::removeInside);
        } else {
            records.remove(id);
        }
    }

    private interface Clearing {
        void run(Subvolume root) throws Failure;
    }

    /// On a full disk, which may be why, it makes room for that.
    private void removeAgain(SnapshotId id, Clearing clearing) throws Failure, InterruptedException {
        String asked = "remove " + id;
        try (Held _ = locks.exclusive(id, asked);
                Held _ = locks.theDefault(asked)) {
            Subvolume root = roots.get(id);
            reserve.release();
            clearing.run(root);
            guard.check(id, Optional.of(root));
            remove(id, root.directory());
        } finally {
            reserve.keep();
        }
    }

    /// Of what is used nothing goes.
    private void removeInside(Subvolume root) throws Failure {
        boolean used = subvolumes.booted().id() == root.id()
                || subvolumes.defaultOfRoot().id() == root.id()
                || !subvolumes.mountsIn(root.directory()).isEmpty();
        if (used) {
            return;
        }
        List<String> inside = new ArrayList<>(subvolumes.inside(root.directory()));
        inside.sort(Comparator.comparingInt(String::length).reversed());
        for (String path : inside) {
            subvolumes.delete(root.directory().resolve(path));
        }
    }
}
