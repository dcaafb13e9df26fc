package org.opensuse.containersnap.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.engine.Locks.Held;
import org.opensuse.containersnap.engine.Records.TrialEvent;
import org.opensuse.containersnap.engine.Records.TrialEvent.Kind;
import org.opensuse.containersnap.engine.Records.TrialRecord;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;

/// Whether what was switched to last proves itself.
///
/// The record of a trial is read and added to by the program `trial` too, in the initrd and in the new system,
/// which may be unable to run this service.
public final class Trial {
    private final StoreLayout layout;
    private final Subvolumes subvolumes;
    private final Reserve reserve;
    private final Records records;
    private final Roots roots;
    private final RollbackTarget rollback;
    private final LeftImages left;
    private final Locks locks;
    private final Terms terms;
    private final StepWatch watch;

    Trial(
            StoreLayout layout,
            Subvolumes subvolumes,
            Reserve reserve,
            Records records,
            Roots roots,
            RollbackTarget rollback,
            LeftImages left,
            Locks locks,
            Terms terms,
            StepWatch watch) {
        this.layout = layout;
        this.subvolumes = subvolumes;
        this.reserve = reserve;
        this.records = records;
        this.roots = roots;
        this.rollback = rollback;
        this.left = left;
        this.locks = locks;
        this.terms = terms;
        this.watch = watch;
    }

    /// What a trial is.
    ///
    /// @param tries how often a new system may be booted without proving itself; 0 for no trial
    /// @param seconds how long a boot may take to
    /// @param mark the file without which a boot that takes longer is not ended
    public record Terms(int tries, long seconds, Path mark) {}

    /// What is known of it.
    public enum Verdict {
        /// What is booted is on trial.
        RUNNING,
        /// The next boot is on trial.
        PENDING,
        /// What is booted, or was, proved itself.
        GOOD,
        /// The machine went back, or could not.
        FAILED
    }

    /// How far it is.
    ///
    /// @param tries that were begun
    /// @param allowed how many there may be
    /// @param reason why the last try failed that did; empty when none did
    public record State(SnapshotId snapshot, Verdict verdict, int tries, int allowed, String reason) {}

    /// The trial of what is booted, or else of what the next boot takes, or else the last one; empty when there
    /// was none, or it was taken back.
    public Optional<State> state() throws Failure {
        Optional<State> first = Optional.empty();
        for (TrialRecord record : records.trials()) {
            Optional<State> found = state(record);
            if (found.isPresent()
                    && (first.isEmpty()
                            || found.get().verdict().compareTo(first.get().verdict()) < 0)) {
                first = found;
            }
        }
        return first;
    }

    private Optional<State> state(TrialRecord record) throws Failure {
        Optional<Verdict> verdict = verdict(record);
        if (verdict.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new State(
                record.snapshot(), verdict.get(), tries(record), record.tries(), reason(record, verdict.get())));
    }

    private Optional<Verdict> verdict(TrialRecord record) throws Failure {
        if (has(record, Kind.GOOD)) {
            return Optional.of(Verdict.GOOD);
        }
        if (has(record, Kind.BACK) || has(record, Kind.STUCK)) {
            return Optional.of(Verdict.FAILED);
        }
        BootState boot = BootState.read(subvolumes, roots);
        if (boot.isBooted(record.snapshot())) {
            return Optional.of(Verdict.RUNNING);
        }
        if (boot.isDefault(record.snapshot())) {
            return Optional.of(Verdict.PENDING);
        }
        // Power went before the return was written down.
        return tries(record) >= record.tries() ? Optional.of(Verdict.FAILED) : Optional.empty();
    }

    private static boolean has(TrialRecord record, Kind kind) {
        return record.events().stream().anyMatch(event -> event.kind() == kind);
    }

    private static int tries(TrialRecord record) {
        return (int) record.events().stream()
                .filter(event -> event.kind() == Kind.TRY)
                .count();
    }

    private static String reason(TrialRecord record, Verdict verdict) {
        List<TrialEvent> events = record.events();
        int end = events.size();
        if (verdict == Verdict.RUNNING) {
            end = events.lastIndexOf(new TrialEvent(Kind.TRY, "")); // the tries before this one
        }
        int begin = end <= 0 ? -1 : events.subList(0, end).lastIndexOf(new TrialEvent(Kind.TRY, ""));
        if (begin < 0 || verdict == Verdict.GOOD || verdict == Verdict.PENDING) {
            return "";
        }
        String why = "its services did not start";
        for (TrialEvent event : events.subList(begin, end)) {
            why = switch (event.kind()) {
                case STARTED ->
                    "it started, but was not found good in " + record.seconds()
                            + " s: boot-complete.target was not reached, or container-snapd did not answer";
                case FAILED -> event.detail();
                case STUCK -> why + "; there was nothing to go back to";
                case TRY, GOOD, BACK -> why;
            };
        }
        return why;
    }

    /// Adds a step that puts the next boot on trial. Until the next boot takes it, that means nothing.
    ///
    /// @param back the subvolume that it goes back to
    Steps begin(Steps steps, SnapshotId snapshot, long back) throws Failure {
        if (terms.tries() == 0) {
            return steps;
        }
        Optional<TrialRecord> before = find(snapshot);
        TrialRecord trial = new TrialRecord(snapshot, back, terms.tries(), terms.seconds(), List.of());
        return steps.step("trial", () -> records.write(trial), () -> {
            records.removeTrial(snapshot);
            if (before.isPresent()) {
                records.write(before.get());
            }
        });
    }

    /// Adds a step after which nothing else is on trial.
    ///
    /// @param but what may be; empty for nothing
    Steps end(Steps steps, Optional<SnapshotId> but) throws Failure {
        List<TrialRecord> others = records.trials().stream()
                .filter(trial -> terms.tries() == 0 || !but.equals(Optional.of(trial.snapshot())))
                .toList();
        return others.isEmpty()
                ? steps
                : steps.step(
                        "trials",
                        () -> {
                            for (TrialRecord trial : others) {
                                records.removeTrial(trial.snapshot());
                            }
                            unmark();
                        },
                        () -> {
                            for (TrialRecord trial : others) {
                                records.write(trial);
                            }
                        });
    }

    private Optional<TrialRecord> find(SnapshotId snapshot) throws Failure {
        return records.trials().stream()
                .filter(trial -> trial.snapshot().equals(snapshot))
                .findFirst();
    }

    /// Keeps what is booted from being restarted.
    private void unmark() throws Failure {
        try {
            Files.deleteIfExists(terms.mark());
        } catch (IOException e) {
            throw new StorageFailed("can't remove " + terms.mark() + ", so that this boot is ended in time: " + e, e);
        }
    }

    /// Finds what is booted good, durable on return, when it is on trial; does nothing otherwise. On a full
    /// disk it makes room for the record.
    ///
    /// @return what was on trial
    public Optional<SnapshotId> bless() throws Failure, InterruptedException {
        try (Held _ = locks.theDefault("find the booted system good")) {
            Optional<SnapshotId> booted = BootState.read(subvolumes, roots).bootedSnapshot();
            Optional<TrialRecord> record = booted.isEmpty() ? Optional.empty() : find(booted.get());
            if (record.isEmpty() || !verdict(record.get()).equals(Optional.of(Verdict.RUNNING))) {
                return Optional.empty();
            }
            reserve.release();
            try {
                Steps.of("bless", watch)
                        .step(
                                "record",
                                () -> records.write(record.get().with(new TrialEvent(Kind.GOOD, ""))),
                                () -> records.write(record.get()))
                        .step("sync", () -> subvolumes.sync(layout.state()))
                        .run();
                Files.deleteIfExists(terms.mark());
            } catch (IOException e) {
                throw new StorageFailed(
                        "the booted system is found good, but can't remove " + terms.mark() + ", so it is restarted: "
                                + e,
                        e);
            } finally {
                reserve.keep();
            }
            return Optional.of(record.get().snapshot());
        }
    }

    /// Puts in order what the program `trial` did, or a service that was killed while it switched: what the
    /// machine went back from is left, and no rollback goes to what is booted.
    ///
    /// @return what the machine went back from since the last start
    Optional<State> settle() throws Failure, InterruptedException {
        Optional<State> now = state();
        boolean another = now.filter(state -> state.verdict() == Verdict.RUNNING || state.verdict() == Verdict.PENDING)
                .isPresent();
        Optional<State> failed = Optional.empty();
        for (TrialRecord record : records.trials()) {
            Optional<State> state = state(record);
            if (state.isEmpty() || isOver(state.get().verdict(), another)) {
                records.removeTrial(record.snapshot());
            } else if (state.get().verdict() == Verdict.FAILED && isNew(record.snapshot())) {
                left.settle(Optional.of(record.snapshot().image()), Optional.empty());
                rollback.write(Optional.empty());
                subvolumes.sync(layout.state());
                failed = state;
            }
        }
        return failed;
    }

    /// Who switches ends the trials before, in a later step.
    private static boolean isOver(Verdict verdict, boolean another) {
        return another && (verdict == Verdict.GOOD || verdict == Verdict.FAILED);
    }

    private boolean isNew(SnapshotId failed) throws Failure {
        return !BootState.read(subvolumes, roots).isBooted(failed) && !left.has(failed.image());
    }

    /// Whether what is booted has to prove itself yet.
    boolean runs() throws Failure {
        return state().filter(state -> state.verdict() == Verdict.RUNNING).isPresent();
    }
}
