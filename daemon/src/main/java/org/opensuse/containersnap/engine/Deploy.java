package org.opensuse.containersnap.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.opensuse.containersnap.engine.CreateSnapshot.Draft;
import org.opensuse.containersnap.engine.Deployment.Source;
import org.opensuse.containersnap.engine.Locks.Held;
import org.opensuse.containersnap.engine.Records.SnapshotRecord;
import org.opensuse.containersnap.engine.TransferListener.Phase;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.DigestMismatch;
import org.opensuse.containersnap.snapshot.Image;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.MergeConflict;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes a new system of an image, with what is the running system's, and has the next boot take it.
///
/// The new snapshot's record says that a deployment makes it, from before the snapshot is there until the next boot
/// takes it. So a start that finds such a record knows what to do: what the next boot takes is completed, all else
/// goes.
public final class Deploy {
    private static final Logger log = LoggerFactory.getLogger(Deploy.class);

    private final StoreLayout layout;
    private final Subvolumes subvolumes;
    private final ImageStore images;
    private final Records records;
    private final Roots roots;
    private final Locks locks;
    private final RunningImage running;
    private final Takeover takeover;
    private final Hooks hooks;
    private final RebootFlag rebootFlag;
    private final Verbs verbs;
    private final StepWatch watch;

    Deploy(
            StoreLayout layout,
            Subvolumes subvolumes,
            ImageStore images,
            Records records,
            Roots roots,
            Locks locks,
            RunningImage running,
            Takeover takeover,
            Hooks hooks,
            RebootFlag rebootFlag,
            Verbs verbs,
            StepWatch watch) {
        this.layout = layout;
        this.subvolumes = subvolumes;
        this.images = images;
        this.records = records;
        this.roots = roots;
        this.locks = locks;
        this.running = running;
        this.takeover = takeover;
        this.hooks = hooks;
        this.rebootFlag = rebootFlag;
        this.verbs = verbs;
        this.watch = watch;
    }

    /// The verbs that it is made of.
    record Verbs(
            BringImages bringImages,
            VerifyRoot verifyRoot,
            CreateSnapshot createSnapshot,
            SwitchTo switchTo,
            DeleteSnapshot deleteSnapshot,
            DeleteImage deleteImage) {}

    /// What was made.
    ///
    /// @param conflicts what of what was carried over somebody should look at
    public record Done(SnapshotId snapshot, List<MergeConflict> conflicts) {}

    /// A deployment that was accepted, to be run once or abandoned.
    public interface Accepted {
        /// Does it, durable on return. When it fails or is interrupted, what it made is removed again.
        Done run(DeployListener listener) throws Failure, InterruptedException;

        /// Gives back what was reserved for it.
        void abandon() throws Failure;
    }

    /// Accepts a deployment.
    ///
    /// @throws Failure.Busy when the same reference is being pulled
    /// @throws Failure.NoSuchSnapshot when what is to be there is not
    public Accepted accept(Deployment deployment) throws Failure, InterruptedException {
        Optional<BringImages.Accepted> pull = switch (deployment.source()) {
            case Source.Registry(var reference) ->
                Optional.of(verbs.bringImages().pull(reference));
            case Source.Store(SnapshotId snapshot) -> {
                roots.get(snapshot);
                yield Optional.empty();
            }
        };
        return new Accepted() {
            @Override
            public Done run(DeployListener listener) throws Failure, InterruptedException {
                return new Attempt(deployment, listener).run(pull);
            }

            @Override
            public void abandon() throws Failure {
                if (pull.isPresent()) {
                    pull.get().abandon();
                }
            }
        };
    }

    /// The snapshots that deployments make, or made that were killed.
    List<SnapshotId> begun() throws Failure {
        List<SnapshotId> begun = new ArrayList<>();
        for (SnapshotId id : records.snapshots()) {
            if (records.snapshot(id).filter(SnapshotRecord::deploying).isPresent()) {
                begun.add(id);
            }
        }
        return begun;
    }

    /// Completes what a service that was killed had begun, when the next boot takes it; else removes it.
    void complete(SnapshotId id) throws Failure, InterruptedException {
        Optional<SnapshotRecord> record = records.snapshot(id);
        if (record.filter(SnapshotRecord::deploying).isEmpty() || roots.find(id).isEmpty()) {
            return;
        }
        BootState state = BootState.read(subvolumes, roots);
        if (!state.isDefault(id) && !state.isBooted(id)) {
            verbs.deleteSnapshot().discard(id);
            return;
        }
        if (!state.isBooted(id)) {
            rebootFlag.raise();
        }
        records.write(record.get().deployed());
        subvolumes.sync(layout.state());
    }

    /// Does that for those that nobody is at any more: they failed, and so did undoing them.
    private void completeLeft() throws Failure, InterruptedException {
        for (SnapshotId id : begun()) {
            Optional<Held> held = locks.exclusiveIfFree(id, "undo the deployment of " + id);
            if (held.isEmpty()) {
                continue;
            }
            try (Held _ = held.get()) {
                complete(id);
            } catch (Failure e) {
                log.atWarn()
                        .addKeyValue(Key.SNAPSHOT, id)
                        .addKeyValue(Key.ERROR, e.line())
                        .log("can't undo a deployment that failed");
            }
        }
    }

    /// One deployment at work.
    private final class Attempt {
        private final Deployment deployment;
        private final DeployListener listener;

        /// The image's own snapshot, when this deployment brought both.
        private Optional<SnapshotId> brought = Optional.empty();

        private Optional<SnapshotId> base = Optional.empty();
        private Optional<Draft> draft = Optional.empty();
        private List<MergeConflict> conflicts = List.of();
        private boolean pullRan;
        private long timesBrought;
        private boolean raised;

        private Attempt(Deployment deployment, DeployListener listener) {
            this.deployment = deployment;
            this.listener = listener;
        }

        private Done run(Optional<BringImages.Accepted> pull) throws Failure, InterruptedException {
            try {
                completeLeft();
                Steps.of("deploy", watch)
                        .step("image", () -> bring(pull), this::removeImage)
                        .step("digest", this::checkDigest)
                        .step("verify", this::verify)
                        .step("snapshot", this::makeSnapshot, this::removeSnapshot)
                        .step("carry-over", this::carryOver)
                        .step("hooks", this::runHooks)
                        .step("durable", () -> subvolumes.sync(layout.state()))
                        .step("settle", this::settle)
                        .run();
                listener.created(snapshot().id());
                return new Done(snapshot().id(), conflicts);
            } finally {
                draft.ifPresent(Draft::close);
                if (pull.isPresent() && !pullRan) {
                    pull.get().abandon();
                }
            }
        }

        private SnapshotId base() {
            return base.orElseThrow();
        }

        private SnapshotRecord snapshot() {
            return draft.orElseThrow().record();
        }

        private void bring(Optional<BringImages.Accepted> pull) throws Failure, InterruptedException {
            switch (deployment.source()) {
                case Source.Store(SnapshotId snapshot) -> base = Optional.of(snapshot);
                case Source.Registry _ -> {
                    Set<ImageId> before =
                            images.images().stream().map(Image::id).collect(Collectors.toSet());
                    pullRan = true;
                    ImageId image = pull.orElseThrow().run(new Bringing()).getFirst();
                    timesBrought = verbs.bringImages().timesBrought(image);
                    brought = brought.filter(_ -> !before.contains(image));
                    base = Optional.of(SnapshotId.of(image));
                }
            }
        }

        /// Others may have made snapshots of it meanwhile, which are told by what the image was, or have pulled
        /// it too.
        private void removeImage() throws Failure, InterruptedException {
            if (brought.isEmpty()
                    || verbs.bringImages().timesBrought(brought.get().image()) != timesBrought) {
                return;
            }
            ImageId image = brought.get().image();
            if (roots.all().keySet().stream()
                    .noneMatch(id -> !id.pristine() && id.image().equals(image))) {
                verbs.deleteImage().byId(image).run(new QuietListener(listener::deleted));
            }
        }

        /// As before each step, a cancel is heard: one that came while the root was taken had to wait.
        private void checkDigest() throws Failure, InterruptedException {
            listener.heed();
            if (deployment.digest().isEmpty()) {
                return;
            }
            String asked = deployment.digest().get();
            Set<String> found = images.manifestsOf(base().image());
            if (!found.contains(asked)) {
                throw new DigestMismatch(deployment.source().toString(), asked, found);
            }
        }

        private void verify() throws Failure {
            listener.begins(Phase.VERIFYING);
            verbs.verifyRoot().require(base(), deployment.source().toString(), deployment.ignored());
        }

        private void makeSnapshot() throws Failure, InterruptedException {
            listener.begins(Phase.SNAPSHOTTING);
            draft = Optional.of(verbs.createSnapshot().draft(base(), origin()));
        }

        /// Where the next update comes from is what was asked for now; the image may have come from elsewhere before.
        private Optional<String> origin() {
            return switch (deployment.source()) {
                case Source.Registry(var reference) -> Optional.of(reference.toString());
                case Source.Store _ -> Optional.empty();
            };
        }

        private void removeSnapshot() throws Failure, InterruptedException {
            verbs.deleteSnapshot().discard(snapshot().id());
            // Who waits for it may hold the image, which is to go next.
            draft.ifPresent(Draft::close);
            draft = Optional.empty();
        }

        private void carryOver() throws Failure, InterruptedException {
            listener.begins(Phase.CARRYING_OVER);
            Path target = layout.root(snapshot().id());
            conflicts = running.with("deploy " + deployment.source(), pristine -> takeover.into(target, pristine));
        }

        private void runHooks() throws Failure, InterruptedException {
            listener.begins(Phase.RUNNING_HOOKS);
            SnapshotId id = snapshot().id();
            boolean done = false;
            try {
                hooks.run(id, layout.root(id), listener);
                done = true;
            } finally {
                if (!done) {
                    listener.failing();
                }
            }
            listener.heed();
        }

        private void settle() throws Failure, InterruptedException {
            if (deployment.stageOnly()) {
                listener.pointOfNoReturn(Phase.SNAPSHOTTING);
                records.write(snapshot().deployed());
                subvolumes.sync(layout.state());
                return;
            }
            listener.pointOfNoReturn(Phase.SWITCHING);
            verbs.switchTo()
                    .deployed(
                            snapshot().id(),
                            deployment.chooser(),
                            steps -> steps.step("reboot-needed", this::raiseFlag, this::lowerFlag)
                                    .step(
                                            "deployed",
                                            () -> records.write(snapshot().deployed()),
                                            () -> records.write(snapshot())));
        }

        private void raiseFlag() throws Failure {
            raised = rebootFlag.raise();
        }

        private void lowerFlag() throws Failure {
            if (raised) {
                rebootFlag.lower();
            }
        }

        /// The pull of an image, which a cancel may undo also when its root is there.
        private final class Bringing implements TransferListener {
            @Override
            public void progress(Phase phase, long bytesDone, OptionalLong bytesTotal) {
                listener.progress(phase, bytesDone, bytesTotal);
            }

            @Override
            public void pointOfNoReturn(Phase phase) throws InterruptedException {
                listener.defer(phase);
            }

            @Override
            public void created(SnapshotId snapshot) {
                brought = Optional.of(snapshot);
                listener.created(snapshot);
            }

            @Override
            public void deleted(SnapshotId snapshot) {
                listener.deleted(snapshot);
            }
        }
    }
}
