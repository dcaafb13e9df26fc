package org.opensuse.containersnap.carry;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.opensuse.containersnap.carry.Accounts.Merged;
import org.opensuse.containersnap.carry.Accounts.Table;
import org.opensuse.containersnap.carry.Versions.Trees;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.tree.Tree;

/// The files of [Accounts] in the trees.
final class AccountFiles {
    /// A file that is larger is merged as a whole.
    private static final int LONGEST = 1 << 20;

    private final Trees trees;
    private final Rules rules;

    AccountFiles(Trees trees, Rules rules) {
        this.trees = trees;
        this.rules = rules;
    }

    /// What a file becomes; empty when it is none of these, or the running system or the image has none.
    Optional<Merged> merged(String path) throws Failure, InterruptedException {
        Optional<Table> table = Table.of(path);
        if (table.isEmpty()) {
            return Optional.empty();
        }
        Optional<String> mine = text(trees.mine(), path);
        Optional<String> theirs = text(trees.theirs(), path);
        if (mine.isEmpty() || theirs.isEmpty()) {
            return Optional.empty();
        }
        if (table.get().owners().isPresent()) {
            String owners = table.get().owners().get().path();
            Set<String> there = names(owners);
            Set<String> gone = new LinkedHashSet<>(
                    text(trees.mine(), owners).map(Accounts::names).orElse(Set.of()));
            gone.removeAll(there);
            return Optional.of(Accounts.mergeSecrets(mine.get(), theirs.get(), gone, there));
        }
        return Optional.of(Accounts.merge(table.get(), base(path), mine.get(), theirs.get()));
    }

    private static Optional<String> text(Tree tree, String path) throws Failure, InterruptedException {
        return tree.content(path, LONGEST).map(content -> new String(content, ISO_8859_1));
    }

    private Optional<String> base(String path) throws Failure, InterruptedException {
        if (trees.base().isEmpty()) {
            return Optional.empty();
        }
        // Where the image had no such file, the person has added each line.
        return Optional.of(text(trees.base().get(), path).orElse(""));
    }

    /// The users or groups that there will be.
    private Set<String> names(String path) throws Failure, InterruptedException {
        Optional<String> content = switch (rules.mode(path)) {
            case KEEP -> text(trees.mine(), path);
            case IMAGE -> text(trees.theirs(), path);
            case MERGE -> {
                Optional<Merged> merged = merged(path);
                if (merged.isPresent()) {
                    yield merged.map(Merged::content);
                }
                Optional<String> mine = text(trees.mine(), path);
                yield mine.isPresent() ? mine : text(trees.theirs(), path);
            }
        };
        return content.map(Accounts::names).orElse(Set.of());
    }
}
