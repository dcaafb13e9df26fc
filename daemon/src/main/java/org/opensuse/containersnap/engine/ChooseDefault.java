package org.opensuse.containersnap.engine;

import java.util.Optional;
import java.util.function.UnaryOperator;
import org.opensuse.containersnap.engine.Records.RollbackRecord;
import org.opensuse.containersnap.engine.Records.Unsettled;
import org.opensuse.containersnap.engine.Subvolumes.Identity;
import org.opensuse.containersnap.engine.Subvolumes.Mounted;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
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
    private final StepWatch watch;

    ChooseDefault(
            StoreLayout layout,
            Initialise initialise,
            Subvolumes subvolumes,
            Reserve reserve,
            Records records,
            RollbackTarget rollback,
            StepWatch watch) {
        this.layout = layout;
        this.initialise = initialise;
        this.subvolumes = subvolumes;
        this.reserve = reserve;
        this.records = records;
        this.rollback = rollback;
        this.watch = watch;
    }

    /// Does it, durable on return: the kernel itself keeps the default only with its next commit. To be called under
    /// the lock of the default. On a full disk it makes room for the record.
    ///
    /// @return whether it was not the default before
    boolean subvolume(long chosen) throws Failure, InterruptedException {
        return subvolume(chosen, steps -> steps);
    }

    /// Does it together with something else.
    ///
    /// @param more adds that, as steps that can be undone
    /// @return whether it was not the default before
    boolean subvolume(long chosen, UnaryOperator<Steps> more) throws Failure, InterruptedException {
        initialise.store();
        reserve.release();
        try {
            Mounted before = subvolumes.defaultOfRoot();
            if (before.id() == chosen) {
                again(chosen, more);
                return false;
            }
            choose(chosen, before, more);
            return true;
        } finally {
            reserve.keep();
        }
    }

    private void again(long chosen, UnaryOperator<Steps> more) throws Failure, InterruptedException {
        more.apply(Steps.of("switch", watch).step("default", () -> setDefault(chosen)))
                .step("sync", () -> subvolumes.sync(layout.state()))
                .run();
    }

    /// The record is unsettled until the default is set, so that whoever finds it after a crash knows which of the two
    /// counts. Both become durable in this order or at once.
    private void choose(long chosen, Mounted before, UnaryOperator<Steps> more) throws Failure, InterruptedException {
        Mounted booted = subvolumes.booted();
        Identity back = identify(booted.id() == chosen ? before : booted);
        Optional<Identity> old = rollback.recorded();
        RollbackRecord unsettled = new RollbackRecord(back, Optional.of(new Unsettled(chosen, old)));
        Steps steps = Steps.of("switch", watch)
                .step("record", () -> records.write(unsettled), () -> rollback.write(old))
                .step("default", () -> setDefault(chosen), () -> setDefault(before.id()))
                .step("settle", () -> rollback.write(Optional.of(back)), () -> records.write(unsettled));
        more.apply(steps).step("sync", () -> subvolumes.sync(layout.state())).run();
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
