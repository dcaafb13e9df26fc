package org.opensuse.containersnap.step;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.opensuse.containersnap.snapshot.Failure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An operation as a list of named steps, done in this order. When one fails, those before it are undone, the
/// last one first.
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
        try {
            for (Step step : steps) {
                watch.next(operation, step.name());
                step.make().run();
                done.push(step);
            }
        } catch (Failure | InterruptedException | RuntimeException | Error e) {
            undo(done, e);
            throw e;
        }
        watch.done(operation);
    }

    /// Why something of what failed could not be undone, if so.
    ///
    /// @param why what [#run] threw, also inside of what was made of it
    public static Optional<Failure> notUndone(Throwable why) {
        return Stream.iterate(why, Objects::nonNull, Throwable::getCause)
                .flatMap(cause -> Arrays.stream(cause.getSuppressed()))
                .filter(NotUndone.class::isInstance)
                .map(failed -> ((NotUndone) failed).failure)
                .findFirst();
    }

    /// Tells an undoing that failed from what else may be suppressed.
    private static final class NotUndone extends Exception {
        private static final long serialVersionUID = 1;
        private final transient Failure failure;

        private NotUndone(Failure failure) {
            super(failure);
            this.failure = failure;
        }
    }

    /// @param why gets what could not be undone
    private void undo(Deque<Step> done, Throwable why) {
        boolean interrupted = Thread.interrupted();
        for (Step step : done) {
            if (step.undo().isPresent()) {
                interrupted |= undo(step.name(), step.undo().get(), why);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// An interrupt does not keep it from being done: what is half done must go.
    ///
    /// @return whether there was one
    private boolean undo(String step, Action undo, Throwable why) {
        boolean interrupted = false;
        while (true) {
            try {
                watch.next(operation, "undo-" + step);
                undo.run();
                return interrupted;
            } catch (InterruptedException _) {
                interrupted = true;
            } catch (Failure e) {
                if (!Thread.interrupted()) {
                    log.warn(
                            "can't undo a step, the next start tries again step={}/{} error={}",
                            operation,
                            step,
                            e.line());
                    why.addSuppressed(new NotUndone(e));
                    return interrupted;
                }
                interrupted = true;
            }
        }
    }
}
