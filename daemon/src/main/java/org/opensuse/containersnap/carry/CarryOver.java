package org.opensuse.containersnap.carry;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.carry.Versions.Trees;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.tree.Tree;

/// Takes over into a new root what is the running system's: first a plan, which only reads, then what it says.
public final class CarryOver {
    private final Sync sync;

    /// Makes all that was written to a directory's file system durable.
    @FunctionalInterface
    public interface Sync {
        void sync(Path directory) throws Failure;
    }

    public CarryOver(Sync sync) {
        this.sync = sync;
    }

    /// The rules that are built in and those of the running system's files.
    ///
    /// @throws Failure.InvalidConfiguration for a line that says nothing known
    public Rules rules(Path running) throws Failure, InterruptedException {
        try (Tree tree = Tree.open(running)) {
            return RuleFiles.read(tree);
        }
    }

    /// What is to be done.
    ///
    /// @throws InterruptedException when the thread was interrupted
    public Plan plan(Roots roots, Rules rules) throws Failure, InterruptedException {
        return with(roots, trees -> new Plan(roots, rules, new Planner(trees, rules).plan()));
    }

    /// Does it, durable on return. When it fails or is interrupted the new root is in between, and of no use.
    ///
    /// @return what was done: the plan, but for what went from the running system meanwhile
    public List<Entry> apply(Plan plan) throws Failure, InterruptedException {
        List<Entry> done = with(plan.roots(), trees -> new Applier(trees, plan.rules()).apply(plan.steps()));
        sync.sync(plan.roots().target());
        return done;
    }

    private interface Use<T> {
        T of(Trees trees) throws Failure, InterruptedException;
    }

    private static <T> T with(Roots roots, Use<T> use) throws Failure, InterruptedException {
        try (Tree mine = Tree.open(roots.running());
                Tree theirs = Tree.open(roots.target())) {
            if (roots.pristine().isEmpty()) {
                return use.of(new Trees(Optional.empty(), mine, theirs));
            }
            try (Tree base = Tree.open(roots.pristine().get())) {
                return use.of(new Trees(Optional.of(base), mine, theirs));
            }
        }
    }
}
