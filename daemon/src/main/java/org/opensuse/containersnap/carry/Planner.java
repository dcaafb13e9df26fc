package org.opensuse.containersnap.carry;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.opensuse.containersnap.carry.Plan.Step;
import org.opensuse.containersnap.carry.Plan.Work;
import org.opensuse.containersnap.carry.Versions.Trees;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.tree.Attributes;
import org.opensuse.containersnap.tree.Node;

/// Walks the trees together, and notes what is to be done. It only reads.
///
/// A directory's step stands before those of what is in it, unless it is to be removed with all of that.
final class Planner {
    private final Trees trees;
    private final Rules rules;
    private final LeafMerge leaves;
    private final List<Step> steps = new ArrayList<>();

    Planner(Trees trees, Rules rules) {
        this.trees = trees;
        this.rules = rules;
        this.leaves = new LeafMerge(trees, new AccountFiles(trees, rules));
    }

    List<Step> plan() throws Failure, InterruptedException {
        visit("/");
        return steps;
    }

    /// What will be under a path.
    private enum Outcome {
        NOTHING,

        /// What the image has, or a part of it.
        IMAGES,

        /// Something of the running system, or a mixture: the directories above are needed.
        PLACED;

        Outcome and(Outcome other) {
            return compareTo(other) >= 0 ? this : other;
        }
    }

    private Outcome visit(String path) throws Failure, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        Mode mode = rules.mode(path);
        if (mode == Mode.IMAGE && !rules.differBelow(path)) {
            // What the running system has there is not even looked at: it may be a mount that hangs.
            return trees.theirs().find(path).isPresent() ? Outcome.IMAGES : Outcome.NOTHING;
        }
        Versions versions = Versions.of(path, trees);
        if (leaves.taken(path)) {
            return Outcome.PLACED;
        }
        boolean ofRunningIsLeaf = versions.mine().isPresent() && !versions.mineIsDirectory();
        if (versions.mineIsDirectory() || (versions.theirsIsDirectory() && (mode == Mode.IMAGE || !ofRunningIsLeaf))) {
            return directory(versions, mode);
        }
        Optional<Step> step = switch (mode) {
            case KEEP -> leaves.keep(versions);
            case MERGE -> leaves.merge(versions);
            case IMAGE -> Optional.empty();
        };
        step.ifPresent(steps::add);
        return step.map(made -> outcome(versions, made)).orElseGet(() -> images(versions));
    }

    private static Outcome images(Versions versions) {
        return versions.theirs().isPresent() ? Outcome.IMAGES : Outcome.NOTHING;
    }

    private static Outcome outcome(Versions versions, Step step) {
        return switch (step.entry().action()) {
            case MINE, MERGED -> Outcome.PLACED;
            case REMOVED -> Outcome.NOTHING;
            case THEIRS -> images(versions);
        };
    }

    private Outcome directory(Versions versions, Mode mode) throws Failure, InterruptedException {
        boolean deeper = rules.differBelow(versions.path());
        if (versions.mine().isEmpty() && !deeper && !(mode == Mode.MERGE && versions.baseIsDirectory())) {
            return withoutLooking(versions, mode);
        }
        int before = steps.size();
        Outcome inside = children(versions, mode);
        if (versions.mineIsDirectory() && versions.theirsIsDirectory()) {
            ownAttributes(versions, mode).ifPresent(step -> steps.add(before, step));
            return Outcome.PLACED;
        }
        return versions.mineIsDirectory()
                ? onlyMine(versions, mode, before, inside)
                : onlyTheirs(versions, mode, before, inside);
    }

    /// A directory of the image that the running system has nothing of, with one rule for all.
    private Outcome withoutLooking(Versions versions, Mode mode) {
        if (mode == Mode.KEEP) {
            steps.add(LeafMerge.remove(versions, mode).orElseThrow());
            return Outcome.NOTHING;
        }
        if (versions.base().isPresent()) {
            steps.add(LeafMerge.tell(versions, Conflict.REMOVED_HERE));
        }
        return Outcome.IMAGES;
    }

    private Outcome children(Versions versions, Mode mode) throws Failure, InterruptedException {
        TreeSet<String> names = new TreeSet<>(trees.theirs().names(versions.path()));
        if (versions.mineIsDirectory()) {
            names.addAll(trees.mine().names(versions.path()));
        }
        Outcome outcome = Outcome.NOTHING;
        for (String name : names) {
            String child = (versions.path().equals("/") ? "" : versions.path()) + "/" + name;
            if (mode == Mode.IMAGE || !isMountedElsewhere(versions, child)) {
                outcome = outcome.and(visit(child));
            } else {
                outcome = outcome.and(Outcome.IMAGES);
            }
        }
        return outcome;
    }

    /// Whether another file system is mounted on a directory of the running system that no rule names: what is in there
    /// is not the system's.
    private boolean isMountedElsewhere(Versions parent, String child) throws Failure {
        if (!parent.mineIsDirectory() || rules.name(child) || rules.differBelow(child)) {
            return false;
        }
        Optional<Node> node = trees.mine().find(child);
        return node.filter(Node::isDirectory).isPresent()
                && node.get().status().device()
                        != parent.mine().orElseThrow().status().device();
    }

    private Optional<Step> ownAttributes(Versions versions, Mode mode) {
        Node mine = versions.mine().orElseThrow();
        Node theirs = versions.theirs().orElseThrow();
        Entry entry = Entry.of(versions.path(), mode, Action.MINE);
        return switch (mode) {
            case IMAGE -> Optional.empty();
            case KEEP ->
                mine.attributes().equals(theirs.attributes())
                        ? Optional.empty()
                        : Optional.of(new Step(entry, new Work.Directory(mine.attributes(), mine.modified())));
            case MERGE -> trees.base().isEmpty() ? Optional.empty() : mergedAttributes(versions, entry, mine, theirs);
        };
    }

    private static Optional<Step> mergedAttributes(Versions versions, Entry entry, Node mine, Node theirs) {
        Optional<Attributes> base = versions.base().filter(Node::isDirectory).map(Node::attributes);
        AttributeMerge.Merged merged = AttributeMerge.merge(base, mine.attributes(), theirs.attributes(), false);
        if (AttributeMerge.same(merged.attributes(), theirs.attributes())) {
            return Optional.empty();
        }
        Action action = AttributeMerge.same(merged.attributes(), mine.attributes()) ? Action.MINE : Action.MERGED;
        Entry told = Entry.of(entry.path(), entry.mode(), action);
        if (!merged.conflicts().isEmpty()) {
            told = told.because(Conflict.BOTH_CHANGED).about(String.join(", ", merged.conflicts()));
        }
        return Optional.of(new Step(told, new Work.Directory(merged.attributes(), mine.modified())));
    }

    private Outcome onlyMine(Versions versions, Mode mode, int before, Outcome inside)
            throws Failure, InterruptedException {
        boolean needed = switch (mode) {
            case KEEP -> true;
            case IMAGE -> inside == Outcome.PLACED;
            case MERGE -> neededToMerge(versions, before, inside);
        };
        if (!needed) {
            return images(versions);
        }
        Node mine = versions.mine().orElseThrow();
        steps.add(
                before,
                new Step(entryOfDirectory(versions, mode), new Work.Directory(mine.attributes(), mine.modified())));
        return Outcome.PLACED;
    }

    private boolean neededToMerge(Versions versions, int before, Outcome inside) {
        if (trees.base().isEmpty() && versions.theirs().isPresent()) {
            boolean kept = steps.subList(before, steps.size()).stream()
                    .map(Step::entry)
                    .anyMatch(entry -> entry.mode() == Mode.KEEP && entry.action() == Action.MINE);
            if (!kept) {
                steps.subList(before, steps.size()).clear();
                steps.add(LeafMerge.tell(versions, Conflict.NO_BASE));
            }
            return kept;
        }
        return !versions.baseIsDirectory() || inside == Outcome.PLACED || ownAttributesChanged(versions);
    }

    private static boolean ownAttributesChanged(Versions versions) {
        return !AttributeMerge.same(
                versions.base().orElseThrow().attributes(),
                versions.mine().orElseThrow().attributes());
    }

    private Entry entryOfDirectory(Versions versions, Mode mode) throws Failure, InterruptedException {
        Entry entry = Entry.of(versions.path(), mode, Action.MINE);
        if (mode == Mode.KEEP) {
            return entry;
        }
        if (versions.theirs().isPresent()) {
            boolean untouched = mode == Mode.MERGE && !versions.changedInTheirs();
            return untouched ? entry : leaves.beforeTheirs(entry, versions);
        }
        boolean changed =
                versions.base().isPresent() && (!versions.baseIsDirectory() || ownAttributesChanged(versions));
        return mode == Mode.MERGE && changed ? entry.because(Conflict.REMOVED_IN_IMAGE) : entry;
    }

    private Outcome onlyTheirs(Versions versions, Mode mode, int before, Outcome inside) {
        boolean empty = inside == Outcome.NOTHING;
        boolean changed = !versions.baseIsDirectory()
                || !AttributeMerge.same(
                        versions.base().orElseThrow().attributes(),
                        versions.theirs().orElseThrow().attributes());
        boolean goes = switch (mode) {
            case KEEP -> empty;
            case MERGE -> empty && !changed;
            case IMAGE -> false;
        };
        if (goes) {
            steps.subList(before, steps.size()).clear();
            steps.add(LeafMerge.remove(versions, mode).orElseThrow());
            return Outcome.NOTHING;
        }
        if (mode == Mode.MERGE && versions.base().isPresent()) {
            steps.add(before, LeafMerge.tell(versions, Conflict.REMOVED_HERE));
        }
        return Outcome.IMAGES;
    }
}
