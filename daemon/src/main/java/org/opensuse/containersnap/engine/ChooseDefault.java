package org.opensuse.containersnap.engine;

import java.time.Clock;
import java.util.Optional;
import org.opensuse.containersnap.engine.Records.Decision;
import org.opensuse.containersnap.engine.Records.RollbackRecord;
import org.opensuse.containersnap.engine.Records.Unsettled;
import org.opensuse.containersnap.engine.Subvolumes.Identity;
import org.opensuse.containersnap.engine.Subvolumes.Mounted;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;

/// Makes a subvolume the one that the next boot takes, and what is booted the one that a rollback chooses.
final class ChooseDefault {
    private final StoreLayout layout;
    private final Initialise initialise;
    private final Subvolumes subvolumes;
    private final Reserve reserve;
    private final Records records;
    private final RollbackTarget rollback;
    private final Trial trial;
    private final LeftImages left;
    private final Clock clock;
    private final StepWatch watch;

    ChooseDefault(
            StoreLayout layout,
            Initialise initialise,
            Subvolumes subvolumes,
            Reserve reserve,
            Records records,
            RollbackTarget rollback,
            Trial trial,
            LeftImages left,
            Clock clock,
            StepWatch watch) {
        this.layout = layout;
        this.initialise = initialise;
        this.subvolumes = subvolumes;
        this.reserve = reserve;
        this.records = records;
        this.rollback = rollback;
        this.trial = trial;
        this.left = left;
        this.clock = clock;
        this.watch = watch;
    }

    /// Adds steps that can be undone.
    interface More {
        Steps to(Steps steps) throws Failure;
    }

    /// What is chosen.
    ///
    /// @param onTrial what proves itself in the next boot; empty when nothing has to
    /// @param leave the image that the machine goes back from; empty when it goes forth
    /// @param take the image that it goes to
    /// @param more what is done together with it
    record Choice(
            long subvolume,
            Optional<SnapshotId> onTrial,
            Chooser chooser,
            Optional<ImageId> leave,
            Optional<ImageId> take,
            More more) {}

    /// Does it together with something else, durable on return: the kernel itself keeps the default only with its next
    /// commit. To be called under the lock of the default. On a full disk it makes room for the record.
    ///
    /// @return whether it was not the default before
    boolean make(Choice choice) throws Failure, InterruptedException {
        initialise.store();
        reserve.release();
        try {
            Mounted before = subvolumes.defaultOfRoot();
            if (before.id() == choice.subvolume()) {
                again(choice);
                return false;
            }
            choose(choice, before);
            return true;
        } finally {
            reserve.keep();
        }
    }

    private void again(Choice choice) throws Failure, InterruptedException {
        Steps steps = Steps.of("switch", watch).step("default", () -> setDefault(choice.subvolume()));
        Optional<RollbackRecord> last = rollback.lastSwitch();
        if (last.isPresent() && !rollback.decision().map(Decision::chooser).equals(Optional.of(choice.chooser()))) {
            RollbackRecord now = last.get().decided(decision(choice));
            steps.step("record", () -> rollback.write(Optional.of(now)), () -> rollback.write(last));
        }
        left.step(steps, Optional.empty(), choice.take());
        choice.more()
                .to(steps)
                .step("sync", () -> subvolumes.sync(layout.state()))
                .run();
    }

    /// The record is unsettled until the default is set, so that whoever finds it after a crash knows which of the two
    /// counts. Both become durable in this order or at once.
    private void choose(Choice choice, Mounted before) throws Failure, InterruptedException {
        long chosen = choice.subvolume();
        Mounted booted = subvolumes.booted();
        Optional<RollbackRecord> old = rollback.lastSwitch();
        Identity back = back(chosen, booted, before, old);
        RollbackRecord unsettled = new RollbackRecord(
                back,
                Optional.of(decision(choice)),
                Optional.of(new Unsettled(chosen, old, choice.leave(), choice.take())));
        Steps steps =
                Steps.of("switch", watch).step("record", () -> records.write(unsettled), () -> rollback.write(old));
        Optional<SnapshotId> onTrial = choice.onTrial().filter(_ -> booted.id() != chosen);
        if (onTrial.isPresent()) {
            trial.begin(steps, onTrial.get(), back.id());
        }
        steps.step("default", () -> setDefault(chosen), () -> setDefault(before.id()));
        left.step(steps, choice.leave(), choice.take());
        steps.step("settle", () -> rollback.write(Optional.of(unsettled.settled())), () -> records.write(unsettled));
        trial.end(steps, onTrial);
        choice.more()
                .to(steps)
                .step("sync", () -> subvolumes.sync(layout.state()))
                .run();
    }

    private Decision decision(Choice choice) {
        return new Decision(choice.chooser(), choice.subvolume(), clock.instant());
    }

    /// No way leads back to what is on trial itself, while there is what was booted before it.
    private Identity back(long chosen, Mounted booted, Mounted before, Optional<RollbackRecord> old) throws Failure {
        if (booted.id() == chosen) {
            return identify(before);
        }
        if (trial.runs() && old.isPresent() && old.get().target().id() != chosen) {
            Optional<Identity> proven = rollback.now(old.get().target());
            if (proven.isPresent()) {
                return proven.get();
            }
        }
        return identify(booted);
    }

    /// Asked through the store: a confined daemon sees `/` mounted read-only, which the kernel refuses.
    private void setDefault(long id) throws Failure {
        subvolumes.setDefault(layout.state(), id);
    }

    private Identity identify(Mounted subvolume) throws Failure {
        return subvolumes
                .identify(subvolume.id())
                .orElseThrow(() -> new StorageFailed(
                        "the subvolume " + subvolume.path() + " (ID " + subvolume.id()
                                + ") is not found, so there would be no way back to it; try again",
                        null));
    }
}
