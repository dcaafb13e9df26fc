package org.opensuse.containersnap.engine;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.opensuse.containersnap.engine.Archives.OpenArchive;
import org.opensuse.containersnap.engine.Locks.Held;
import org.opensuse.containersnap.engine.TransferListener.Phase;
import org.opensuse.containersnap.snapshot.ArchiveSource;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.Busy;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.Image;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;
import org.opensuse.containersnap.snapshot.User;

/// Brings images into the store, by pull or load, and takes their roots.
public final class BringImages {
    private final Initialise initialise;
    private final ImageStore images;
    private final Archives archives;
    private final TakeRoot takeRoot;
    private final Locks locks;
    private final Set<String> coming = ConcurrentHashMap.newKeySet();

    BringImages(Initialise initialise, ImageStore images, Archives archives, TakeRoot takeRoot, Locks locks) {
        this.initialise = initialise;
        this.images = images;
        this.archives = archives;
        this.takeRoot = takeRoot;
        this.locks = locks;
    }

    /// A pull or load that was accepted, to be run once or abandoned.
    public interface Accepted {
        /// Does it. When it fails or is interrupted, images that it brought into the store are removed again.
        ///
        /// @return the images, in the order of the source
        List<ImageId> run(TransferListener listener) throws Failure, InterruptedException;

        /// Gives back what was reserved for it.
        void abandon() throws Failure;
    }

    private interface Transfer {
        List<ImageId> run(TransferListener listener) throws Failure, InterruptedException;
    }

    private final class Bringing implements Accepted {
        private final String origin;
        private final Transfer transfer;
        private final Optional<OpenArchive> archive;

        private Bringing(String origin, Transfer transfer, Optional<OpenArchive> archive) {
            this.origin = origin;
            this.transfer = transfer;
            this.archive = archive;
        }

        @Override
        public List<ImageId> run(TransferListener listener) throws Failure, InterruptedException {
            try {
                return bring(origin, transfer, listener);
            } finally {
                abandon();
            }
        }

        @Override
        public void abandon() throws Failure {
            coming.remove(origin);
            if (archive.isPresent()) {
                close(archive.get());
            }
        }
    }

    /// Accepts a pull.
    ///
    /// @throws Busy when the same reference is being pulled
    public Accepted pull(ImageReference reference) throws Failure {
        String origin = reference.toString();
        reserve(origin);
        return new Bringing(origin, listener -> List.of(images.pull(reference, listener)), Optional.empty());
    }

    /// Accepts a load. The archive is opened now, with the rights of the user, and read later.
    ///
    /// @throws Failure.NoSuchFile when the user can't read the archive
    /// @throws Busy when the same archive is being loaded
    public Accepted load(ArchiveSource source, User user) throws Failure {
        OpenArchive archive = archives.open(source, user);
        boolean accepted = false;
        try {
            String origin = source.toString();
            reserve(origin);
            accepted = true;
            return new Bringing(origin, listener -> images.load(archive, listener), Optional.of(archive));
        } finally {
            if (!accepted) {
                close(archive);
            }
        }
    }

    private static void close(OpenArchive archive) throws Failure {
        try {
            archive.close();
        } catch (IOException e) {
            throw new StorageFailed("can't close " + archive.source() + ": " + e.getMessage(), e);
        }
    }

    private void reserve(String origin) throws Failure {
        initialise.store();
        if (!coming.add(origin)) {
            throw new Busy("bring " + origin, "a job that brings the same runs; 'container-snap status' shows it");
        }
    }

    private List<ImageId> bring(String origin, Transfer transfer, TransferListener listener)
            throws Failure, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("cancelled before it began");
        }
        Set<ImageId> before = images.images().stream().map(Image::id).collect(Collectors.toSet());
        List<ImageId> brought = transfer.run(listener);
        List<ImageId> fresh =
                brought.stream().filter(id -> !before.contains(id)).toList();
        boolean done = false;
        try {
            listener.pointOfNoReturn(Phase.SNAPSHOTTING);
            for (ImageId id : brought) {
                takeRoot.check(id, origin);
            }
            for (ImageId id : brought) {
                takeRoot.of(id, origin, fresh.contains(id)).ifPresent(listener::created);
            }
            done = true;
        } finally {
            if (!done) {
                removeAgain(fresh);
            }
        }
        return brought;
    }

    /// Also when the thread is interrupted: what was half done must go. An image whose root is there was brought by
    /// another job too, under another name.
    private void removeAgain(List<ImageId> fresh) throws Failure, InterruptedException {
        boolean interrupted = Thread.interrupted();
        try {
            for (ImageId id : fresh) {
                try (Held _ = locks.exclusive(id, "remove " + id)) {
                    if (!takeRoot.taken(id)) {
                        images.remove(id);
                    }
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
