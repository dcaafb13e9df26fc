package org.opensuse.containersnap.carry;

import java.time.Instant;
import java.util.List;
import org.opensuse.containersnap.tree.Attributes;

/// What carrying over will do, in the order in which it does it.
public final class Plan {
    private final Roots roots;
    private final Rules rules;
    private final List<Step> steps;

    Plan(Roots roots, Rules rules, List<Step> steps) {
        this.roots = roots;
        this.rules = rules;
        this.steps = List.copyOf(steps);
    }

    /// What it is about each path.
    public List<Entry> entries() {
        return steps.stream().map(Step::entry).toList();
    }

    Roots roots() {
        return roots;
    }

    Rules rules() {
        return rules;
    }

    List<Step> steps() {
        return steps;
    }

    /// An entry with how it is made.
    record Step(Entry entry, Work work) {}

    sealed interface Work {
        /// It is only told.
        record Tell() implements Work {}

        record Remove() implements Work {}

        /// All that the running system has there, which is no directory.
        record Copy() implements Work {}

        /// The content of one with attributes of both.
        ///
        /// @param ofRunning whose content
        record Compose(boolean ofRunning, Attributes attributes) implements Work {}

        /// A file of [Accounts].
        record Lines(Attributes attributes) implements Work {}

        /// A directory without what is in it.
        ///
        /// @param modified its time when it has to be made
        record Directory(Attributes attributes, Instant modified) implements Work {}
    }
}
