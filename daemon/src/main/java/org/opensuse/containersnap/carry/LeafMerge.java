package org.opensuse.containersnap.carry;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.opensuse.containersnap.carry.Accounts.Merged;
import org.opensuse.containersnap.carry.Plan.Step;
import org.opensuse.containersnap.carry.Plan.Work;
import org.opensuse.containersnap.carry.Versions.Trees;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.tree.Attributes;
import org.opensuse.containersnap.tree.Node;
import org.opensuse.containersnap.tree.Tree;

/// Merges what is no directory in the running system, and where the image's goes that had to give way.
final class LeafMerge {
    /// The end of the name that rpm gives to configuration of a package which a person has changed.
    static final String SUFFIX = ".rpmnew";

    private final Trees trees;
    private final AccountFiles accounts;

    /// Names that are given to what had to give way.
    private final Set<String> besides = new HashSet<>();

    LeafMerge(Trees trees, AccountFiles accounts) {
        this.trees = trees;
        this.accounts = accounts;
    }

    /// Whether a path is where something of the image goes that had to give way.
    boolean taken(String path) {
        return besides.contains(path);
    }

    /// What it takes to have it as in the running system; empty when the image's is right as it is.
    Optional<Step> keep(Versions versions) throws Failure, InterruptedException {
        if (versions.mine().isEmpty()) {
            return versions.theirs().isEmpty() ? Optional.empty() : remove(versions, Mode.KEEP);
        }
        return versions.mineIsExactlyTheirs()
                ? Optional.empty()
                : Optional.of(new Step(Entry.of(versions.path(), Mode.KEEP, Action.MINE), new Work.Copy()));
    }

    /// What it takes to have what both changed; empty when the image's is right as it is.
    Optional<Step> merge(Versions versions) throws Failure, InterruptedException {
        if (versions.mine().isEmpty()) {
            return withoutMine(versions);
        }
        if (versions.theirs().isEmpty()) {
            return withoutTheirs(versions);
        }
        if (versions.mineIsTheirs() || leftByEarlier(versions)) {
            return Optional.empty();
        }
        if (trees.base().isEmpty()) {
            return withoutBase(
                    versions, versions.mine().get(), versions.theirs().get());
        }
        if (versions.ofOneKind()) {
            return fields(
                    versions,
                    versions.base(),
                    versions.mine().get(),
                    versions.theirs().get());
        }
        if (!versions.changedInMine()) {
            return Optional.empty();
        }
        if (!versions.changedInTheirs()) {
            return Optional.of(new Step(mine(versions), new Work.Copy()));
        }
        return Optional.of(new Step(beforeTheirs(mine(versions), versions), new Work.Copy()));
    }

    private Optional<Step> withoutMine(Versions versions) throws Failure, InterruptedException {
        if (versions.base().isEmpty() || versions.theirs().isEmpty()) {
            return Optional.empty();
        }
        return versions.changedInTheirs()
                ? Optional.of(tell(versions, Conflict.REMOVED_HERE))
                : remove(versions, Mode.MERGE);
    }

    private Optional<Step> withoutTheirs(Versions versions) throws Failure, InterruptedException {
        if (versions.base().isEmpty()) {
            return Optional.of(new Step(mine(versions), new Work.Copy()));
        }
        return versions.changedInMine()
                ? Optional.of(new Step(mine(versions).because(Conflict.REMOVED_IN_IMAGE), new Work.Copy()))
                : Optional.empty();
    }

    private Optional<Step> withoutBase(Versions versions, Node mine, Node theirs) throws Failure, InterruptedException {
        Optional<Merged> lines = accounts.merged(versions.path());
        if (lines.isPresent()) {
            return lines(versions, lines.get(), theirs.attributes(), mine, theirs);
        }
        return Optional.of(tell(versions, Conflict.NO_BASE));
    }

    private Optional<Step> fields(Versions versions, Optional<Node> base, Node mine, Node theirs)
            throws Failure, InterruptedException {
        boolean same = versions.sameContent();
        boolean changedHere = !same && versions.contentChangedInMine();
        boolean changedThere = !same && versions.contentChangedInTheirs();
        AttributeMerge.Merged attributes =
                AttributeMerge.merge(base.map(Node::attributes), mine.attributes(), theirs.attributes(), changedHere);
        Optional<Merged> lines = same ? Optional.empty() : accounts.merged(versions.path());
        if (lines.isPresent()) {
            return lines(versions, lines.get(), attributes.attributes(), mine, theirs);
        }
        Entry entry = Entry.of(versions.path(), Mode.MERGE, Action.MERGED);
        if (changedHere && changedThere) {
            entry = beforeTheirs(entry, versions);
        } else if (!attributes.conflicts().isEmpty()) {
            entry = entry.because(Conflict.BOTH_CHANGED).about(String.join(", ", attributes.conflicts()));
        }
        return composed(entry, same, changedHere, attributes.attributes(), mine, theirs);
    }

    private Optional<Step> lines(Versions versions, Merged lines, Attributes attributes, Node mine, Node theirs)
            throws Failure, InterruptedException {
        Entry entry = Entry.of(versions.path(), Mode.MERGE, Action.MERGED);
        if (!lines.conflicts().isEmpty()) {
            entry = entry.because(Conflict.ACCOUNTS)
                    .about(String.join("; ", lines.conflicts()).transform(LeafMerge::text));
        }
        boolean isMine = has(trees.mine(), versions.path(), lines.content());
        boolean isTheirs = has(trees.theirs(), versions.path(), lines.content());
        return isMine || isTheirs
                ? composed(entry, isMine && isTheirs, isMine, attributes, mine, theirs)
                : Optional.of(new Step(entry, new Work.Lines(attributes)));
    }

    private static String text(String bytes) {
        return new String(bytes.getBytes(ISO_8859_1), UTF_8);
    }

    private static boolean has(Tree tree, String path, String text) throws Failure, InterruptedException {
        byte[] content = text.getBytes(ISO_8859_1);
        return Arrays.equals(tree.content(path, content.length).orElse(null), content);
    }

    private static Optional<Step> composed(
            Entry entry, boolean same, boolean ofRunning, Attributes attributes, Node mine, Node theirs) {
        if ((same || !ofRunning) && AttributeMerge.same(attributes, theirs.attributes())) {
            Entry told = Entry.of(entry.path(), entry.mode(), Action.THEIRS).about(entry.detail());
            return entry.conflict().map(reason -> new Step(told.because(reason), new Work.Tell()));
        }
        if ((same || ofRunning) && AttributeMerge.same(attributes, mine.attributes())) {
            return Optional.of(new Step(
                    new Entry(
                            entry.path(), entry.mode(), Action.MINE, entry.conflict(), entry.detail(), entry.beside()),
                    new Work.Copy()));
        }
        return Optional.of(new Step(entry, new Work.Compose(ofRunning, attributes)));
    }

    /// An entry with what makes the image's give way, and where that goes.
    Entry beforeTheirs(Entry entry, Versions versions) throws Failure, InterruptedException {
        return entry.because(Conflict.BOTH_CHANGED)
                .withTheirsAt(beside(versions, versions.theirs().orElseThrow()));
    }

    /// A name that is free, or has what an earlier deployment left there, or the same already.
    private String beside(Versions versions, Node theirs) throws Failure, InterruptedException {
        String path = versions.path();
        String name = path + SUFFIX;
        for (int number = 2; !free(versions, theirs, name); number++) {
            name = path + "." + number + SUFFIX;
        }
        besides.add(name);
        return name;
    }

    private boolean free(Versions versions, Node theirs, String name) throws Failure, InterruptedException {
        Optional<Node> inMine = trees.mine().find(name);
        Optional<Node> inTheirs = trees.theirs().find(name);
        return (inMine.isEmpty()
                        || left(versions.path(), name, inMine.get())
                        || sameAs(versions, theirs, trees.mine(), name, inMine.get()))
                && (inTheirs.isEmpty() || sameAs(versions, theirs, trees.theirs(), name, inTheirs.get()));
    }

    private boolean sameAs(Versions versions, Node theirs, Tree tree, String name, Node node)
            throws Failure, InterruptedException {
        return !theirs.isDirectory() && Tree.sameContent(trees.theirs(), versions.path(), theirs, tree, name, node);
    }

    /// Whether the running system has under this name what the image before had to give way with, so nobody's work.
    private boolean leftByEarlier(Versions versions) throws Failure, InterruptedException {
        String path = versions.path();
        return versions.base().isEmpty()
                && path.endsWith(SUFFIX)
                && versions.mine().isPresent()
                && left(
                        path.substring(0, path.length() - SUFFIX.length()),
                        path,
                        versions.mine().get());
    }

    private boolean left(String path, String name, Node mine) throws Failure, InterruptedException {
        if (trees.base().isEmpty()) {
            return false;
        }
        Optional<Node> base = trees.base().get().find(path);
        return base.isPresent()
                && !base.get().isDirectory()
                && Tree.sameContent(trees.base().get(), path, base.get(), trees.mine(), name, mine);
    }

    static Step tell(Versions versions, Conflict conflict) {
        return new Step(Entry.of(versions.path(), Mode.MERGE, Action.THEIRS).because(conflict), new Work.Tell());
    }

    static Optional<Step> remove(Versions versions, Mode mode) {
        return Optional.of(new Step(Entry.of(versions.path(), mode, Action.REMOVED), new Work.Remove()));
    }

    private static Entry mine(Versions versions) {
        return Entry.of(versions.path(), Mode.MERGE, Action.MINE);
    }
}
