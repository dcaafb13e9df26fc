package org.opensuse.containersnap.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.opensuse.containersnap.engine.Archives.OpenArchive;
import org.opensuse.containersnap.engine.Arrivals.Arrival;
import org.opensuse.containersnap.engine.ImageStore.Delivery;
import org.opensuse.containersnap.engine.Records.Coming;
import org.opensuse.containersnap.engine.Records.Intent;
import org.opensuse.containersnap.engine.TransferListener.Phase;
import org.opensuse.containersnap.snapshot.ArchiveSource;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.Busy;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.User;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;

/// Brings images into the store, by pull or load, and takes their roots.
public final class BringImages {
    private final StoreLayout layout;
    private final Initialise initialise;
    private final Subvolumes subvolumes;
    private final Reserve reserve;
    private final ImageStore images;
    private final Records records;
    private final Archives archives;
    private final TakeRoot takeRoot;
    private final DeleteSnapshot deleteSnapshot;
    private final Arrivals arrivals;
    private final StepWatch watch;
    private final Set<String> coming = ConcurrentHashMap.newKeySet();
    private final Map<ImageId, Long> timesBrought = new ConcurrentHashMap<>();

    BringImages(
            StoreLayout layout,
            Initialise initialise,
            Subvolumes subvolumes,
            Reserve reserve,
            ImageStore images,
            Records records,
            Archives archives,
            TakeRoot takeRoot,
            DeleteSnapshot deleteSnapshot,
            Arrivals arrivals,
            StepWatch watch) {
        this.layout = layout;
        this.initialise = initialise;
        this.subvolumes = subvolumes;
        this.reserve = reserve;
        this.images = images;
        this.records = records;
        this.archives = archives;
        this.takeRoot = takeRoot;
        this.deleteSnapshot = deleteSnapshot;
        this.arrivals = arrivals;
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
        claim(origin, "pull ");
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
            claim(origin, "load ");
            accepted = true;
            return new Bringing(
                    origin, (listener, delivery) -> images.load(archive, listener, delivery), Optional.of(archive));
        } finally {
            if (!accepted) {
                close(archive);
            }
        }
    }

    /// How many pulls and loads have brought an image since the start: one that was there as well.
    long timesBrought(ImageId image) {
        return timesBrought.getOrDefault(image, 0L);
    }

    private static void close(OpenArchive archive) throws Failure {
        try {
            archive.close();
        } catch (IOException e) {
            throw new StorageFailed("can't close " + archive.source() + ": " + e.getMessage(), e);
        }
    }

    private void claim(String origin, String verb) throws Failure, InterruptedException {
        initialise.store();
        if (!coming.add(origin)) {
            throw new Busy(verb + origin, "a job that brings the same runs; 'container-snap status' shows it");
        }
    }

    private List<ImageId> bring(String origin, Transfer transfer, TransferListener listener)
            throws Failure, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("cancelled before it began");
        }
        try (Arrival arrival = arrivals.begin()) {
            return bring(origin, arrival, transfer, listener);
        } finally {
            reserve.keep();
        }
    }

    private List<ImageId> bring(String origin, Arrival arrival, Transfer transfer, TransferListener listener)
            throws Failure, InterruptedException {
        List<Intent> intents = new ArrayList<>();
        List<ImageId> brought = transfer.run(listener, came -> intents.add(intend(came, origin, arrival, listener)));
        Intent intent = intents.getFirst();
        boolean done = false;
        try {
            takeRoots(intent).forEach(listener::created);
            brought.forEach(image -> timesBrought.merge(image, 1L, Long::sum));
            done = true;
        } finally {
            if (!done) {
                undo(intent);
            }
        }
        return brought;
    }

    /// Writes down, durably, what is to be done with images that came. From then on the store need not know how they
    /// came: their roots are taken, by the next start if need be.
    private Intent intend(List<ImageId> came, String origin, Arrival arrival, TransferListener listener)
            throws Failure, InterruptedException {
        List<Coming> images = new ArrayList<>();
        for (ImageId id : came) {
            takeRoot.check(id, origin);
            images.add(takeRoot.coming(id, !arrival.found(id)));
        }
        listener.pointOfNoReturn(Phase.SNAPSHOTTING);
        Intent intent = new Intent(UUID.randomUUID().toString(), origin, images, false);
        Steps.of("bring", watch)
                .step("intent", () -> records.write(intent), () -> records.remove(intent))
                // Also what podman wrote of the images besides their layers: no podman promises that it is durable.
                .step("sync", () -> subvolumes.sync(layout.state()))
                .run();
        return intent;
    }

    private List<SnapshotId> takeRoots(Intent intent) throws Failure, InterruptedException {
        Map<ImageId, SnapshotId> made = new LinkedHashMap<>();
        Steps steps = Steps.of("bring", watch);
        for (Coming image : intent.images()) {
            steps.step(
                    "root",
                    () -> takeRoot.take(image, intent.origin()).ifPresent(root -> made.put(image.image(), root)),
                    () -> removeAgain(Optional.ofNullable(made.get(image.image()))));
        }
        steps.step("settle", () -> records.remove(intent)).run();
        return List.copyOf(made.values());
    }

    private void removeAgain(Optional<SnapshotId> root) throws Failure, InterruptedException {
        if (root.isPresent()) {
            deleteSnapshot.removeAgain(root.get());
        }
    }

    /// Also when the thread is interrupted: what was half done must go.
    private void undo(Intent intent) throws Failure, InterruptedException {
        boolean interrupted = Thread.interrupted();
        try {
            Steps steps = Steps.of("undo-bring", watch).step("intent", () -> records.write(intent.undone()));
            for (Coming image : intent.images()) {
                steps.step("image", () -> takeRoot.undo(image));
            }
            steps.step("settle", () -> records.remove(intent)).run();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Does what a service that was killed had to do yet with images that are in the store.
    void complete(Intent intent) throws Failure, InterruptedException {
        if (intent.undo()) {
            undo(intent);
            return;
        }
        for (Coming image : intent.images()) {
            if (images.topLayer(image.image()).isPresent()) {
                takeRoot.take(image, intent.origin());
            }
        }
        records.remove(intent);
    }
}
