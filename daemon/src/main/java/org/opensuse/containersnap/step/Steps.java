package org.opensuse.containersnap.step;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.snapshot.Failure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An operation as a list of named steps, done in this order. When one fails, those before it are undone, the last one
/// first.
///
/// Each step does all that it is for or nothing. What a process leaves that is killed between two of them, the next
/// start completes or undoes: `daemon/README.md` has the list.
public final class Steps {
    private static final Logger log = LoggerFactory.getLogger(Steps.class);

    private final String operation;
    private final StepWatch watch;
    private final List<Step> steps = new ArrayList<>();

    private Steps(String operation, StepWatch watch) {
        this.operation = operation;
        this.watch = watch;
    }

    /// What a step does, or how it is undone.
    @FunctionalInterface
    public interface Action {
        void run() throws Failure, InterruptedException;
    }

    private record Step(String name, Action make, Optional<Action> undo) {}

    public static Steps of(String operation, StepWatch watch) {
        return new Steps(operation, watch);
    }

    /// Adds a step that needs no undoing.
    public Steps step(String name, Action make) {
        return add(new Step(name, make, Optional.empty()));
    }

    public Steps step(String name, Action make, Action undo) {
        return add(new Step(name, make, Optional.of(undo)));
    }

    private Steps add(Step step) {
        steps.add(step);
        return this;
    }

    /// Does the steps.
    ///
    /// @throws Failure of the step that failed, when all before it are undone
    public void run() throws Failure, InterruptedException {
        Deque<Step> done = new ArrayDeque<>();
        boolean all = false;
        try {
            for (Step step : steps) {
                watch.next(operation, step.name());
                step.make().run();
                done.push(step);
            }
            all = true;
        } finally {
            if (!all) {
                undo(done);
            }
        }
        watch.done(operation);
    }

    /// Also when the thread is interrupted: what is half done must go.
    private void undo(Deque<Step> done) {
        boolean interrupted = Thread.interrupted();
        for (Step step : done) {
            try {
                if (step.undo().isPresent()) {
                    watch.next(operation, "undo-" + step.name());
                    step.undo().get().run();
                }
            } catch (Failure e) {
                log.warn(
                        "can't undo a step, the next start tries again step={}/{} error={}",
                        operation,
                        step.name(),
                        e.line());
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
