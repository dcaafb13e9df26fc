package org.opensuse.containersnap.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;

/// Makes the store, on the file system of `/`.
public final class Initialise {
    private final StoreLayout layout;
    private final Subvolumes subvolumes;
    private final Reserve reserve;
    private final StepWatch watch;

    Initialise(StoreLayout layout, Subvolumes subvolumes, Reserve reserve, StepWatch watch) {
        this.layout = layout;
        this.subvolumes = subvolumes;
        this.reserve = reserve;
        this.watch = watch;
    }

    /// Makes what lacks, and all of it durable, also what was there: who made it may have been killed before its sync.
    ///
    /// @throws Failure.NotBtrfs before anything is made, when no machine could boot from there
    public void storeDurably() throws Failure, InterruptedException {
        if (!made()) {
            subvolumes.sync(layout.state());
        }
    }

    /// Makes what lacks; doing it again changes nothing.
    ///
    /// @throws Failure.NotBtrfs before anything is made, when no machine could boot from there
    void store() throws Failure, InterruptedException {
        made();
    }

    private boolean made() throws Failure, InterruptedException {
        subvolumes.requireSameFileSystemAsRoot(nearestThatExists(layout.state()));
        boolean whole = layout.whole();
        if (!whole) {
            make();
        }
        return !whole;
    }

    /// Makes the rest of a store that was begun.
    void complete() throws Failure, InterruptedException {
        if (layout.begun() && !layout.whole()) {
            store();
        }
    }

    private void make() throws Failure, InterruptedException {
        Steps steps = Steps.of("init", watch);
        for (Path directory : layout.directories()) {
            steps.step("directory", () -> layout.make(directory));
        }
        steps.step("reserve", reserve::keep)
                .step("sync", () -> subvolumes.sync(layout.state()))
                .run();
    }

    private static Path nearestThatExists(Path path) {
        Path nearest = path;
        while (!Files.exists(nearest) && nearest.getParent() != null) {
            nearest = nearest.getParent();
        }
        return nearest;
    }
}
