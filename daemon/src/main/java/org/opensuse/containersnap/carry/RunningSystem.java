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
        Plan plan = carryOver.plan(new Roots(root, pristine, target), carryOver.rules(root));
        List<MergeConflict> conflicts = new ArrayList<>();
        for (Entry entry : carryOver.apply(plan)) {
            entry.conflict()
                    .ifPresent(reason -> conflicts.add(
                            new MergeConflict(entry.path(), reason.keyword(), entry.detail(), entry.beside())));
        }
        return conflicts;
    }
}
