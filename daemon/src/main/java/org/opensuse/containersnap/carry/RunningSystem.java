package org.opensuse.containersnap.carry;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.engine.Takeover;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.MergeConflict;

/// [Takeover] from the running system, by its rules.
///
/// @param root of the running system
public record RunningSystem(Path root, CarryOver carryOver) implements Takeover {
    @Override
    public List<MergeConflict> into(Path target, Optional<Path> pristine) throws Failure, InterruptedException {
        return conflicts(carryOver.apply(plan(target, pristine)));
    }

    @Override
    public Preview preview(Path target, Optional<Path> pristine) throws Failure, InterruptedException {
        List<Entry> entries = plan(target, pristine).entries();
        long paths = entries.stream()
                .filter(entry -> entry.action() != Action.THEIRS)
                .count();
        return new Preview((int) paths, conflicts(entries));
    }

    private Plan plan(Path target, Optional<Path> pristine) throws Failure, InterruptedException {
        return carryOver.plan(new Roots(root, pristine, target), carryOver.rules(root));
    }

    private static List<MergeConflict> conflicts(List<Entry> entries) {
        List<MergeConflict> conflicts = new ArrayList<>();
        for (Entry entry : entries) {
            entry.conflict()
                    .ifPresent(reason -> conflicts.add(
                            new MergeConflict(entry.path(), reason.keyword(), entry.detail(), entry.beside())));
        }
        return conflicts;
    }
}
