package org.opensuse.containersnap.engine;

import java.util.Optional;
import org.opensuse.containersnap.engine.ChooseDefault.Choice;
import org.opensuse.containersnap.engine.Locks.Held;
import org.opensuse.containersnap.engine.Records.Decision;
import org.opensuse.containersnap.engine.Records.RollbackRecord;
import org.opensuse.containersnap.engine.Subvolumes.Identity;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.Busy;
import org.opensuse.containersnap.snapshot.Failure.NoRollback;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.Quoted;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;

/// Goes back to the subvolume that was booted before the last switch.
public final class Rollback {
    private static final String ASKED = "roll back";
    private static final String FORGET = "forget where a rollback goes";

    private final StoreLayout layout;
    private final Subvolumes subvolumes;
    private final Roots roots;
    private final RollbackTarget target;
    private final ChooseDefault choose;
    private final Trial trial;
    private final Locks locks;
    private final StepWatch watch;

    Rollback(
            StoreLayout layout,
            Subvolumes subvolumes,
            Roots roots,
            RollbackTarget target,
            ChooseDefault choose,
            Trial trial,
            Locks locks,
            StepWatch watch) {
        this.layout = layout;
        this.subvolumes = subvolumes;
        this.roots = roots;
        this.target = target;
        this.choose = choose;
        this.trial = trial;
        this.locks = locks;
        this.watch = watch;
    }

    /// Where it goes.
    ///
    /// @param snapshot empty when the subvolume is none of the snapshots
    public record Target(Identity subvolume, Optional<SnapshotId> snapshot) {
        public String path() {
            return subvolume.path();
        }
    }

    /// Where it would go; empty when there was no switch yet, and when what was booted then is gone.
    public Optional<Target> target() throws Failure {
        Optional<Identity> found = target.find();
        return found.isEmpty()
                ? Optional.empty()
                : Optional.of(new Target(found.get(), roots.named(found.get().mounted())));
    }

    /// What chose what the next boot takes; empty when this service did not, or has no record of it.
    public Optional<Decision> decision() throws Failure {
        return target.decision();
    }

    /// Makes it the default, durable on return.
    ///
    /// @param expected where it was to go when the caller was allowed to
    /// @throws NoRollback when there is nothing to go to
    public Target run(Optional<Target> expected) throws Failure, InterruptedException {
        try (Held _ = locks.theDefault(ASKED)) {
            Identity subvolume = verified();
            Target found = new Target(subvolume, roots.named(subvolume.mounted()));
            if (expected.filter(found::equals).isEmpty()) {
                throw new Busy(ASKED, "another switch came in between, so that it would go elsewhere");
            }
            Optional<ImageId> from = roots.named(subvolumes.defaultOfRoot()).map(SnapshotId::image);
            Optional<ImageId> to = found.snapshot().map(SnapshotId::image);
            choose.make(new Choice(
                    subvolume.id(),
                    Optional.empty(),
                    Chooser.ROLLBACK,
                    from.filter(image -> !to.equals(Optional.of(image))),
                    to,
                    steps -> steps));
            return found;
        }
    }

    private Identity verified() throws Failure {
        Identity recorded = target.recorded()
                .orElseThrow(() -> new NoRollback("container-snap has not switched this machine yet, or was told to "
                        + "forget what was booted before"));
        String words = words(recorded) + ", which was booted before the last switch,";
        Identity found = target.now(recorded)
                .orElseThrow(() -> new NoRollback(words + " is gone, or another one has its place"));
        if (subvolumes.defaultOfRoot().id() == found.id()) {
            throw new NoRollback(words + " is what the next boot takes already");
        }
        return found;
    }

    private static String words(Identity subvolume) {
        String path = subvolume.path().isEmpty()
                ? "the top level of the file system"
                : "the subvolume " + Quoted.of(subvolume.path());
        return path + " (ID " + subvolume.id() + ")";
    }

    /// Gives up where it would go, durable on return; it can be deleted then, and what is on trial goes back to it
    /// only while it is there.
    public void forget() throws Failure, InterruptedException {
        try (Held _ = locks.theDefault(FORGET)) {
            Optional<RollbackRecord> old = target.lastSwitch();
            if (old.isPresent()) {
                Steps.of("forget-rollback", watch)
                        .step("record", () -> target.write(Optional.empty()), () -> target.write(old))
                        .step("sync", () -> subvolumes.sync(layout.state()))
                        .run();
            }
        }
    }

    /// Puts in order what a service left that was killed while it switched.
    ///
    /// @return the trial that failed since the last start
    Optional<Trial.State> settle() throws Failure, InterruptedException {
        target.settle();
        return trial.settle();
    }
}
