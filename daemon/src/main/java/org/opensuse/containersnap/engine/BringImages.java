package org.opensuse.containersnap.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.opensuse.containersnap.engine.Archives.OpenArchive;
import org.opensuse.containersnap.engine.ImageStore.Delivery;
import org.opensuse.containersnap.engine.Records.ImageRecord;
import org.opensuse.containersnap.engine.TransferListener.Phase;
import org.opensuse.containersnap.snapshot.ArchiveSource;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.Busy;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.Image;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.User;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;

/// Brings images into the store, by pull or load, and takes their roots.
public final class BringImages {
    private final Initialise initialise;
    private final ImageStore images;
    private final Archives archives;
    private final TakeRoot takeRoot;
    private final DeleteSnapshot deleteSnapshot;
    private final StepWatch watch;
    private final Set<String> coming = ConcurrentHashMap.newKeySet();

    BringImages(
            Initialise initialise,
            ImageStore images,
            Archives archives,
            TakeRoot takeRoot,
            DeleteSnapshot deleteSnapshot,
            StepWatch watch) {
        this.initialise = initialise;
        this.images = images;
        this.archives = archives;
        this.takeRoot = takeRoot;
        this.deleteSnapshot = deleteSnapshot;
        this.watch = watch;
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
        List<ImageId> run(TransferListener listener, Delivery delivery) throws Failure, InterruptedException;
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
    public Accepted pull(ImageReference reference) throws Failure, InterruptedException {
        String origin = reference.toString();
        reserve(origin);
        return new Bringing(
                origin, (listener, delivery) -> List.of(images.pull(reference, listener, delivery)), Optional.empty());
    }

    /// Accepts a load. The archive is opened now, with the rights of the user, and read later.
    ///
    /// @throws Failure.NoSuchFile when the user can't read the archive
    /// @throws Busy when the same archive is being loaded
    public Accepted load(ArchiveSource source, User user) throws Failure, InterruptedException {
        OpenArchive archive = archives.open(source, user);
        boolean accepted = false;
        try {
            String origin = source.toString();
            reserve(origin);
            accepted = true;
            return new Bringing(
                    origin, (listener, delivery) -> images.load(archive, listener, delivery), Optional.of(archive));
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

    private void reserve(String origin) throws Failure, InterruptedException {
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
        List<ImageRecord> intended = new ArrayList<>();
        List<ImageId> brought = transfer.run(listener, came -> intend(came, origin, before, intended, listener));
        boolean done = false;
        try {
            takeRoots(brought, origin).forEach(listener::created);
            done = true;
        } finally {
            if (!done) {
                forget(intended, before);
            }
        }
        return brought;
    }

    private void intend(
            List<ImageId> came,
            String origin,
            Set<ImageId> before,
            List<ImageRecord> intended,
            TransferListener listener)
            throws Failure, InterruptedException {
        for (ImageId id : came) {
            takeRoot.check(id, origin);
        }
        listener.pointOfNoReturn(Phase.SNAPSHOTTING);
        Steps intents = Steps.of("bring", watch);
        for (ImageId id : came) {
            intents.step(
                    "intent",
                    () -> intended.add(takeRoot.intend(id, origin, !before.contains(id))),
                    () -> takeRoot.forget(intended.removeLast(), false));
        }
        intents.run();
    }

    private List<SnapshotId> takeRoots(List<ImageId> brought, String origin) throws Failure, InterruptedException {
        Map<ImageId, SnapshotId> made = new LinkedHashMap<>();
        Steps roots = Steps.of("bring", watch);
        for (ImageId id : brought) {
            roots.step("root", () -> takeRoot.take(id, origin).ifPresent(root -> made.put(id, root)), () -> {
                if (made.containsKey(id)) {
                    deleteSnapshot.removeAgain(made.get(id));
                }
            });
        }
        roots.run();
        return List.copyOf(made.values());
    }

    /// Also when the thread is interrupted: what was half done must go.
    private void forget(List<ImageRecord> intended, Set<ImageId> before) throws Failure, InterruptedException {
        boolean interrupted = Thread.interrupted();
        try {
            for (ImageRecord record : intended) {
                takeRoot.forget(record, !before.contains(record.id()));
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
