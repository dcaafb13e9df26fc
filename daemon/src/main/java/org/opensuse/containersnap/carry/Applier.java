package org.opensuse.containersnap.carry;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opensuse.containersnap.carry.Plan.Step;
import org.opensuse.containersnap.carry.Plan.Work;
import org.opensuse.containersnap.carry.Versions.Trees;
import org.opensuse.containersnap.kernel.FileStatus;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.tree.Attributes;
import org.opensuse.containersnap.tree.Draft;
import org.opensuse.containersnap.tree.Node;
import org.opensuse.containersnap.tree.Tree;
import org.opensuse.containersnap.tree.TreeWriter;

/// Does what a [Plan] says, in the new root only. What is copied is made beside its place first, so that what the image
/// has stays when there is nothing to copy any more.
final class Applier {
    private final Trees trees;
    private final AccountFiles accounts;
    private final TreeWriter writer;
    private final List<Entry> done = new ArrayList<>();

    /// The times of directories that were made, which change with each name in them.
    private final Map<String, Instant> directories = new LinkedHashMap<>();

    /// Where files went that have several names.
    private final Map<Original, String> places = new HashMap<>();

    /// A file of the running system, in one state.
    private record Original(long device, long inode, Instant changed) {
        static Original of(FileStatus status) {
            return new Original(status.device(), status.inode(), status.changed());
        }
    }

    Applier(Trees trees, Rules rules) {
        this.trees = trees;
        this.accounts = new AccountFiles(trees, rules);
        this.writer = new TreeWriter(trees.theirs());
    }

    List<Entry> apply(List<Step> steps) throws Failure, InterruptedException {
        for (Step step : steps) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            done.add(apply(step.entry(), step.work()));
        }
        for (Map.Entry<String, Instant> directory : new ArrayList<>(directories.entrySet()).reversed()) {
            writer.setModified(directory.getKey(), directory.getValue());
        }
        return List.copyOf(done);
    }

    private Entry apply(Entry entry, Work work) throws Failure, InterruptedException {
        return switch (work) {
            case Work.Tell _ -> entry;
            case Work.Remove _ -> {
                writer.remove(entry.path());
                yield entry;
            }
            case Work.Copy _ -> copy(entry);
            case Work.Compose(boolean ofRunning, Attributes attributes) ->
                place(
                        entry,
                        writer.copy(
                                        ofRunning ? trees.mine() : trees.theirs(),
                                        entry.path(),
                                        entry.path(),
                                        Optional.of(attributes))
                                .map(Draft::path));
            case Work.Lines(Attributes attributes) -> lines(entry, attributes);
            case Work.Directory directory -> directory(entry, directory);
        };
    }

    private Entry copy(Entry entry) throws Failure, InterruptedException {
        String path = entry.path();
        Optional<Node> mine = trees.mine().find(path);
        Optional<String> place = mine.map(node -> places.get(Original.of(node.status())));
        if (place.isPresent()) {
            return place(entry, Optional.of(writer.link(place.get(), path)));
        }
        Optional<Draft> draft = writer.copy(trees.mine(), path, path, Optional.empty());
        Entry placed = place(entry, draft.map(Draft::path));
        draft.filter(copy -> copy.source().links() > 1).ifPresent(copy -> places.put(Original.of(copy.source()), path));
        return placed;
    }

    private Entry lines(Entry entry, Attributes attributes) throws Failure, InterruptedException {
        Optional<Accounts.Merged> merged = accounts.merged(entry.path());
        Optional<Node> mine = trees.mine().find(entry.path());
        return merged.isPresent() && mine.isPresent()
                ? place(
                        entry,
                        Optional.of(writer.write(
                                merged.get().content().getBytes(ISO_8859_1),
                                entry.path(),
                                attributes,
                                mine.get().modified())))
                : place(entry, Optional.empty());
    }

    private Entry place(Entry entry, Optional<String> draft) throws Failure {
        if (draft.isEmpty()) {
            return Entry.of(entry.path(), entry.mode(), Action.THEIRS).because(Conflict.VANISHED);
        }
        makeRoom(entry);
        writer.move(draft.get(), entry.path());
        return entry;
    }

    private Entry directory(Entry entry, Work.Directory directory) throws Failure {
        String path = entry.path();
        if (trees.theirs().find(path).filter(Node::isDirectory).isPresent()) {
            writer.setAttributes(path, directory.attributes());
            return entry;
        }
        makeRoom(entry);
        writer.remove(path);
        writer.makeDirectory(path, directory.attributes());
        directories.put(path, directory.modified());
        return entry;
    }

    /// Nothing but a file takes another one's place by itself.
    private void makeRoom(Entry entry) throws Failure {
        Tree theirs = trees.theirs();
        if (entry.beside().isPresent()) {
            writer.move(entry.path(), entry.beside().get());
        } else if (theirs.find(entry.path()).filter(Node::isDirectory).isPresent()) {
            writer.remove(entry.path());
        }
    }
}
