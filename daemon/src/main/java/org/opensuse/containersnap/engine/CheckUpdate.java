package org.opensuse.containersnap.engine;

import java.time.Clock;
import java.util.Optional;
import org.opensuse.containersnap.engine.Records.CheckRecord;
import org.opensuse.containersnap.engine.Registry.Offer;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoOrigin;
import org.opensuse.containersnap.snapshot.ImageReference;
import org.opensuse.containersnap.snapshot.Quoted;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;

/// Asks the registry for a newer image of what is booted, and keeps what it told.
public final class CheckUpdate {
    private static final String TRANSPORT = "docker://";

    private final StoreLayout layout;
    private final Initialise initialise;
    private final Subvolumes subvolumes;
    private final Records records;
    private final ListSnapshots snapshots;
    private final Registry registry;
    private final Missing missing;
    private final Clock clock;
    private final StepWatch watch;

    CheckUpdate(
            StoreLayout layout,
            Initialise initialise,
            Subvolumes subvolumes,
            Records records,
            ListSnapshots snapshots,
            Registry registry,
            Missing missing,
            Clock clock,
            StepWatch watch) {
        this.layout = layout;
        this.initialise = initialise;
        this.subvolumes = subvolumes;
        this.records = records;
        this.snapshots = snapshots;
        this.registry = registry;
        this.missing = missing;
        this.clock = clock;
        this.watch = watch;
    }

    /// What the registry told last of the origin.
    ///
    /// @param available whether it is another image than the booted one
    public record Update(CheckRecord answer, boolean available) {}

    /// What the booted snapshot's image was pulled by.
    ///
    /// @param reference empty when there is no such thing
    /// @param lack why
    public record Origin(Optional<ImageReference> reference, String lack) {
        private static Origin none(String lack) {
            return new Origin(Optional.empty(), lack);
        }

        /// The reference.
        ///
        /// @throws NoOrigin when there is none
        public ImageReference get() throws NoOrigin {
            return reference.orElseThrow(() -> new NoOrigin(lack));
        }
    }

    /// The origin of what is booted.
    public Origin origin() throws Failure {
        return origin(snapshots.boot().bootedSnapshot());
    }

    private Origin origin(Optional<SnapshotId> booted) throws Failure {
        if (booted.isEmpty()) {
            return Origin.none("what is booted is none of the snapshots");
        }
        Optional<String> origin = snapshots.origin(booted.get());
        if (origin.isEmpty()) {
            return Origin.none("where the image of the booted snapshot came from is not recorded");
        }
        Optional<ImageReference> reference =
                origin.filter(text -> text.startsWith(TRANSPORT)).flatMap(ImageReference::find);
        return new Origin(reference, "the image of the booted snapshot was loaded from " + Quoted.of(origin.get()));
    }

    /// What the registry told last, when that was about the origin of what is booted; empty otherwise.
    public Optional<Update> last() throws Failure {
        Optional<CheckRecord> record = records.check();
        if (record.isEmpty()) {
            return Optional.empty();
        }
        Optional<SnapshotId> booted = snapshots.boot().bootedSnapshot();
        Optional<ImageReference> origin = origin(booted).reference();
        return record.filter(answer -> origin.equals(Optional.of(answer.reference())))
                .map(answer -> new Update(answer, !booted.map(SnapshotId::image).equals(Optional.of(answer.image()))));
    }

    /// Asks, and keeps the answer, durable on return.
    public CheckRecord run(ImageReference origin) throws Failure, InterruptedException {
        Offer offer = registry.ask(origin);
        CheckRecord record = new CheckRecord(
                origin,
                offer.digest(),
                offer.image(),
                offer.version(),
                offer.created(),
                missing.bytes(offer),
                clock.instant());
        keep(record);
        return record;
    }

    /// One after the other: they write the same record.
    private synchronized void keep(CheckRecord record) throws Failure, InterruptedException {
        initialise.store();
        Steps.of("check-update", watch)
                .step("record", () -> records.write(record))
                .step("sync", () -> subvolumes.sync(layout.state()))
                .run();
    }
}
