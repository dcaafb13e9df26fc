package org.opensuse.containersnap.podman;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Collectors;
import org.opensuse.containersnap.podman.Workspace.Before;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.ImageId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs pulls and loads, each with a podman of its own, so that one that does not end well leaves nothing.
final class Transfers {
    private static final Logger log = LoggerFactory.getLogger(Transfers.class);

    /*
     * A layer that a broken transfer left may be one that another transfer, still running, found and builds on. So
     * leftovers are removed while no transfer runs: transfers hold the read lock, the removal the write lock. It is done
     * by the last transfer that ends, which never waits for the lock; until then the workspaces with the notes of what
     * was there before wait in `broken`, and on disk for the next start. An image that another transfer brought in the
     * meantime stays: that is what `delivered` is for.
     */
    private final ReadWriteLock running = new ReentrantReadWriteLock();
    private final Queue<Broken> broken = new ConcurrentLinkedQueue<>();
    private final Set<ImageId> delivered = ConcurrentHashMap.newKeySet();
    private final PodmanService service;
    private final StoreFiles files;
    private final Leftovers leftovers;

    Transfers(PodmanService service, StoreFiles files) {
        this.service = service;
        this.files = files;
        this.leftovers = new Leftovers(files, service);
    }

    /// @param before what the store held
    /// @param brought the images that podman had to do with
    private record Broken(Workspace workspace, Before before, Set<ImageId> brought) {
        private Broken {
            brought = Set.copyOf(brought);
        }

        private Broken without(Set<ImageId> images) {
            Set<ImageId> rest = new HashSet<>(brought);
            rest.removeAll(images);
            return new Broken(workspace, before, rest);
        }
    }

    /// What one transfer does.
    interface Work<T> {
        /// Does it.
        ///
        /// @param index what the store held before
        T run(PodmanSession podman, StoreIndex index) throws Failure, InterruptedException;
    }

    /// Runs a transfer. When it fails or is interrupted, what it brought is removed.
    <T> T run(Work<T> work) throws Failure, InterruptedException {
        running.readLock().lockInterruptibly();
        try {
            return runAlone(work);
        } finally {
            running.readLock().unlock();
            removeLeftovers();
        }
    }

    /// Ends and removes what a daemon that was killed left behind. To be called before the first transfer.
    void recover() throws Failure, InterruptedException {
        try {
            for (Workspace workspace : Workspace.all(service.settings())) {
                workspace.killLeftover();
                workspace.clearScratch();
                workspace
                        .noted()
                        .ifPresentOrElse(
                                before -> broken.add(new Broken(workspace, before, Set.of())), workspace::remove);
            }
        } catch (IOException e) {
            throw new StorageFailed("can't clear podman's scratch space: " + e, e);
        }
        removeLeftovers();
    }

    private <T> T runAlone(Work<T> work) throws Failure, InterruptedException {
        StoreIndex index = files.index();
        Workspace workspace = service.workspace();
        Before before = Before.of(index);
        boolean done = false;
        Set<ImageId> brought = Set.of();
        try {
            note(workspace, before);
            PodmanSession podman = service.start(workspace);
            try {
                T result = work.run(podman, index);
                done = true;
                return result;
            } finally {
                brought = podman.brought();
                if (done) {
                    delivered.addAll(brought);
                    podman.close();
                } else {
                    podman.breakOff();
                }
            }
        } finally {
            if (done) {
                workspace.remove();
            } else {
                workspace.clearScratch();
                broken.add(new Broken(workspace, before, brought));
            }
        }
    }

    private static void note(Workspace workspace, Before before) throws Failure {
        try {
            workspace.note(before);
        } catch (IOException e) {
            throw new StorageFailed("can't make room for podman: " + e, e);
        }
    }

    private void removeLeftovers() {
        if (!running.writeLock().tryLock()) {
            return;
        }
        try {
            List<Broken> all =
                    broken.stream().map(one -> one.without(delivered)).toList();
            broken.clear();
            delivered.clear();
            if (!all.isEmpty() && !removed(all)) {
                broken.addAll(all);
            }
        } finally {
            running.writeLock().unlock();
        }
    }

    private boolean removed(List<Broken> all) {
        Set<ImageId> unwanted =
                all.stream().flatMap(one -> one.brought().stream()).collect(Collectors.toSet());
        try {
            leftovers.remove(all.stream().map(Broken::before).toList(), unwanted);
            all.forEach(one -> one.workspace().remove());
            return true;
        } catch (Failure e) {
            log.warn("can't remove what a transfer left, the next one tries again error={}", e.line());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        return false;
    }
}
