package org.opensuse.containersnap.podman;

import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.opensuse.containersnap.engine.Subvolumes;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.podman.PodmanImageStore.Taken;
import org.opensuse.containersnap.podman.StoreIndex.StoredImage;
import org.opensuse.containersnap.podman.Workspace.Before;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs pulls, loads and other changes, each with a podman of its own, so that one that does not end well leaves
/// nothing. When a podman is lost, what it left is removed and another one does it all again, once.
final class Transfers {
    private static final Logger log = LoggerFactory.getLogger(Transfers.class);

    static final String OPERATION = "transfer";

    /*
     * A layer that a broken transfer left may be one that another transfer, still running, found and builds on. So
     * leftovers are removed while no transfer runs: transfers hold the read lock, the removal the write lock. It is done
     * by the last transfer that ends, which never waits for the lock; until then the workspaces with the notes of what
     * was there before wait in `broken`, and on disk for the next start. An image that another transfer brought in the
     * meantime stays: its root is taken.
     */
    private final ReadWriteLock running = new ReentrantReadWriteLock();
    private final Queue<Broken> broken = new ConcurrentLinkedQueue<>();
    private final PodmanService service;
    private final StoreFiles files;
    private final Taken taken;
    private final StepWatch watch;
    private final Leftovers leftovers;
    private final LostLayers lostLayers;
    private final Subvolumes subvolumes;
    private final LayerRepair repair;
    private final HalfWritten halfWritten;

    Transfers(PodmanService service, StoreFiles files, Subvolumes subvolumes, Taken taken, StepWatch watch) {
        this.service = service;
        this.files = files;
        this.subvolumes = subvolumes;
        this.taken = taken;
        this.watch = watch;
        this.leftovers = new Leftovers(files, service, watch);
        this.lostLayers = new LostLayers(files, leftovers);
        StoreLocks locks = new StoreLocks(service.settings().graphRoot());
        this.repair = new LayerRepair(files, locks, subvolumes);
        this.halfWritten = new HalfWritten(files, locks);
    }

    /// @param before what the store held
    /// @param brought the images that podman had to do with
    /// @param deleted the images that a change took away while transfers ran
    private record Broken(Workspace workspace, Before before, Set<ImageId> brought, Set<ImageId> deleted) {
        /// Those of its images that were not there before.
        ///
        /// @param deletedSince the images of which it is not the one before that is there now
        Set<ImageId> left(StoreIndex index, Set<ImageId> deletedSince) {
            Set<ImageId> left = new HashSet<>(brought);
            before.name().flatMap(index::findNamed).ifPresent(image -> left.add(image.id()));
            left.removeIf(image -> before.images().contains(image.hex()) && !deletedSince.contains(image));
            return left;
        }
    }

    /// What one transfer does.
    interface Work<T> {
        /// Does it.
        ///
        /// @param index what the store held before
        T run(PodmanSession podman, StoreIndex index) throws Failure, InterruptedException;
    }

    /// What another change does. It may be done again after half of it was done.
    interface Change {
        /// Does it.
        ///
        /// @param index what the store holds
        void run(PodmanSession podman, StoreIndex index) throws Failure, InterruptedException;
    }

    /// Runs a transfer. When it fails or is interrupted, what it brought is removed.
    ///
    /// @param name that the image will have, when that is known
    <T> T run(Optional<String> name, Work<T> work) throws Failure, InterruptedException {
        removeLostLayers();
        return service.insist(() -> {
            running.readLock().lockInterruptibly();
            try {
                return transfer(name, work);
            } finally {
                running.readLock().unlock();
                removeLeftovers();
            }
        });
    }

    /// Makes a change of what the store has of images.
    void change(Change change) throws Failure, InterruptedException {
        change(Before::of, Set.of(), change);
    }

    /// Deletes an image. When that fails, layers that are of no image any more go.
    void delete(StoredImage image, Change deletion) throws Failure, InterruptedException {
        change(index -> Before.without(index, image), Set.of(image.id()), deletion);
    }

    private void change(Function<StoreIndex, Before> toNote, Set<ImageId> deleted, Change change)
            throws Failure, InterruptedException {
        service.insist(() -> {
            change(toNote.apply(files.index()), deleted, change);
            return Optional.empty();
        });
    }

    /// The images that are still to be removed, since the transfers that brought them broke off. To others they are not
    /// there.
    Set<ImageId> leftImages() throws Failure {
        return broken.isEmpty() ? Set.of() : unwanted(broken);
    }

    Map<ImageId, List<String>> imagesWithoutLayers() throws Failure {
        return lostLayers.images();
    }

    /// Ends and removes what a daemon that was killed left behind. To be called before the first transfer.
    void recover() throws Failure, InterruptedException {
        try {
            for (Workspace workspace : Workspace.all(service.settings())) {
                workspace.killLeftover();
                workspace.clearScratch();
                Optional<Before> before = workspace.noted();
                if (before.isPresent()) {
                    broken.add(new Broken(workspace, before.get(), workspace.brought(), workspace.deleted()));
                } else {
                    workspace.remove();
                }
            }
        } catch (IOException e) {
            throw new StorageFailed("can't clear podman's scratch space: " + e, e);
        }
        if (broken.isEmpty()) {
            repair.run(List.of());
        }
        removeLeftovers();
    }

    private <T> T transfer(Optional<String> name, Work<T> work) throws Failure, InterruptedException {
        StoreIndex index = files.index();
        Before before = Before.of(index, name);
        Workspace workspace = service.workspace();
        Set<ImageId> brought = new HashSet<>();
        AtomicReference<@Nullable T> result = new AtomicReference<>();
        Steps.of(OPERATION, watch)
                .step(
                        "note",
                        () -> workspace.noteOrRemove(before),
                        () -> giveUp(new Broken(workspace, before, brought, Set.of())))
                .step("podman", () -> result.set(run(work, index, workspace, brought)))
                .step("clear", workspace::remove)
                .run();
        return Objects.requireNonNull(result.get());
    }

    private void change(Before before, Set<ImageId> deleted, Change change) throws Failure, InterruptedException {
        Workspace workspace = service.workspace();
        Steps.of("change-store", watch)
                .step("note", () -> workspace.noteOrRemove(before), () -> giveUpChange(workspace, before, Set.of()))
                .step("podman", () -> change(workspace, change))
                .step("sync", this::makeDurable)
                .step("clear", () -> clear(workspace, before, deleted))
                .run();
    }

    private void giveUpChange(Workspace workspace, Before before, Set<ImageId> deleted) {
        giveUp(new Broken(workspace, before, Set.of(), deleted));
        removeLeftovers();
    }

    /// Removes the note of a change that is done. While a transfer runs it stays: what was taken away the transfer may
    /// have found there, and so would not take for its own when it brings that again.
    private void clear(Workspace workspace, Before before, Set<ImageId> deleted) throws Failure, InterruptedException {
        if (alone(workspace::remove)) {
            removeLeftovers();
        } else {
            workspace.noteDeleted(deleted);
            giveUpChange(workspace, before, deleted);
        }
    }

    /// Does something while no transfer runs.
    ///
    /// @return whether it was done; else one runs
    private boolean alone(Steps.Action action) throws Failure, InterruptedException {
        if (!running.writeLock().tryLock()) {
            return false;
        }
        try {
            action.run();
        } finally {
            running.writeLock().unlock();
        }
        return true;
    }

    private void change(Workspace workspace, Change change) throws Failure, InterruptedException {
        try (PodmanSession podman = service.start(workspace)) {
            change.run(podman, files.index());
        }
    }

    /// What podman did with subvolumes, and what is in its layers, becomes durable some time after its records of them.
    /// As long as it is not, a note of what was there before is needed.
    private void makeDurable() throws Failure {
        subvolumes.sync(service.settings().stateDirectory());
    }

    private void giveUp(Broken transfer) {
        transfer.workspace().clearScratch();
        broken.add(transfer);
    }

    private <T> T run(Work<T> work, StoreIndex index, Workspace workspace, Set<ImageId> brought)
            throws Failure, InterruptedException {
        PodmanSession podman = service.start(workspace);
        boolean done = false;
        try {
            T result = work.run(podman, index);
            done = true;
            return result;
        } finally {
            if (done) {
                podman.close();
            } else {
                podman.breakOff();
            }
            // What it brought in its last moment counts too.
            brought.addAll(podman.brought());
        }
    }

    /// What stays of them is podman's to complain about: the transfer may not need it.
    private void removeLostLayers() throws InterruptedException {
        try {
            if (!alone(lostLayers::remove)) {
                return;
            }
        } catch (Failure e) {
            log.atWarn().addKeyValue(Key.ERROR, e.line()).log("can't remove the records of images without layers");
        }
        removeLeftovers();
    }

    /// Whoever can't have the lock leaves it to who has it, who looks again after giving it back.
    private void removeLeftovers() {
        boolean goOn = true;
        while (goOn && !broken.isEmpty() && running.writeLock().tryLock()) {
            try {
                List<Broken> all = List.copyOf(broken);
                goOn = removed(all);
                if (goOn) {
                    broken.removeAll(all);
                }
            } finally {
                running.writeLock().unlock();
            }
        }
    }

    private boolean removed(List<Broken> all) {
        try {
            List<Before> before = all.stream().map(Broken::before).toList();
            LayerRepair.Lent lent = repair.run(before);
            try {
                leftovers.remove(before, unwanted(all));
            } finally {
                lent.takeBack();
            }
            halfWritten.remove();
            makeDurable();
            all.forEach(one -> one.workspace().remove());
            return true;
        } catch (Failure e) {
            log.warn("can't remove what a transfer left, the next one tries again error={}", e.line());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    /// The images that broken transfers brought, or began to, and nobody else did.
    private Set<ImageId> unwanted(Collection<Broken> all) throws Failure {
        Set<ImageId> unwanted = new HashSet<>();
        Set<ImageId> deleted =
                all.stream().flatMap(one -> one.deleted().stream()).collect(Collectors.toSet());
        StoreIndex index = files.index();
        for (Broken one : all) {
            for (ImageId id : one.left(index, deleted)) {
                if (!taken.test(id)) {
                    unwanted.add(id);
                }
            }
        }
        return unwanted;
    }
}
