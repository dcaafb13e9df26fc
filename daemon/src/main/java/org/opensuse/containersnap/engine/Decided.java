package org.opensuse.containersnap.engine;

import org.opensuse.containersnap.engine.Trial.State;
import org.opensuse.containersnap.engine.Trial.Verdict;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageId;

/// What somebody decided, which nothing changes by itself.
final class Decided {
    private final Subvolumes subvolumes;
    private final Roots roots;
    private final RollbackTarget lastSwitch;
    private final LeftImages left;
    private final Trial trial;

    Decided(Subvolumes subvolumes, Roots roots, RollbackTarget lastSwitch, LeftImages left, Trial trial) {
        this.subvolumes = subvolumes;
        this.roots = roots;
        this.lastSwitch = lastSwitch;
        this.left = left;
        this.trial = trial;
    }

    /// Whether an image is not to be booted by itself: the machine went back from it, or it can't be booted, or
    /// somebody chose what
    /// the next boot takes, or what is booted has not proved itself, so that there would be no way back.
    boolean against(ImageId image) throws Failure {
        return left.has(image)
                || (BootState.read(subvolumes, roots).rebootNeeded() && !lastSwitch.updateChose())
                || trial.state()
                        .map(State::verdict)
                        .filter(Verdict.RUNNING::equals)
                        .isPresent();
    }
}
