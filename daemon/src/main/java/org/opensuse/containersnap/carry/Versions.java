package org.opensuse.containersnap.carry;

import java.util.Optional;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.tree.Node;
import org.opensuse.containersnap.tree.Tree;

/// What there is under one path: in the running system (mine), in the new root (theirs), and in the image that the
/// running system came from (base).
record Versions(String path, Trees trees, Optional<Node> base, Optional<Node> mine, Optional<Node> theirs) {
    /// The trees that they are in.
    record Trees(Optional<Tree> base, Tree mine, Tree theirs) {}

    static Versions of(String path, Trees trees) throws Failure {
        Optional<Node> base = trees.base.isPresent() ? trees.base.get().find(path) : Optional.empty();
        return new Versions(path, trees, base, trees.mine.find(path), trees.theirs.find(path));
    }

    boolean mineIsDirectory() {
        return mine.filter(Node::isDirectory).isPresent();
    }

    boolean theirsIsDirectory() {
        return theirs.filter(Node::isDirectory).isPresent();
    }

    boolean baseIsDirectory() {
        return base.filter(Node::isDirectory).isPresent();
    }

    /// Whether all that are there are of one kind.
    boolean ofOneKind() {
        return mine.map(Node::kind).equals(theirs.map(Node::kind))
                && (base.isEmpty() || base.map(Node::kind).equals(mine.map(Node::kind)));
    }

    /// Whether somebody changed it in the running system; also when it was added there.
    boolean changedInMine() throws Failure, InterruptedException {
        return !same(trees.base, base, trees.mine, mine);
    }

    boolean changedInTheirs() throws Failure, InterruptedException {
        return !same(trees.base, base, trees.theirs, theirs);
    }

    boolean mineIsTheirs() throws Failure, InterruptedException {
        return same(Optional.of(trees.mine), mine, trees.theirs, theirs);
    }

    /// As [#mineIsTheirs], with SELinux's label.
    boolean mineIsExactlyTheirs() throws Failure, InterruptedException {
        return mineIsTheirs() && mine.map(Node::attributes).equals(theirs.map(Node::attributes));
    }

    boolean sameContent() throws Failure, InterruptedException {
        return sameContent(Optional.of(trees.mine), mine, trees.theirs, theirs);
    }

    boolean contentChangedInMine() throws Failure, InterruptedException {
        return !sameContent(trees.base, base, trees.mine, mine);
    }

    boolean contentChangedInTheirs() throws Failure, InterruptedException {
        return !sameContent(trees.base, base, trees.theirs, theirs);
    }

    private boolean same(Optional<Tree> tree, Optional<Node> node, Tree other, Optional<Node> otherNode)
            throws Failure, InterruptedException {
        if (node.isEmpty() || otherNode.isEmpty()) {
            return node.isEmpty() && otherNode.isEmpty();
        }
        return tree.isPresent() && same(tree.get(), node.get(), other, otherNode.get(), path);
    }

    /// With all that is in directories.
    private static boolean same(Tree tree, Node node, Tree other, Node otherNode, String path)
            throws Failure, InterruptedException {
        if (!AttributeMerge.same(node.attributes(), otherNode.attributes())
                || !Tree.sameContent(tree, node, other, otherNode, path)) {
            return false;
        }
        if (!node.isDirectory()) {
            return true;
        }
        if (!tree.names(path).equals(other.names(path))) {
            return false;
        }
        for (String name : tree.names(path)) {
            String child = path + "/" + name;
            Optional<Node> childNode = tree.find(child);
            Optional<Node> otherChild = other.find(child);
            if (childNode.isEmpty()
                    || otherChild.isEmpty()
                    || !same(tree, childNode.get(), other, otherChild.get(), child)) {
                return false;
            }
        }
        return true;
    }

    private boolean sameContent(Optional<Tree> tree, Optional<Node> node, Tree other, Optional<Node> otherNode)
            throws Failure, InterruptedException {
        return tree.isPresent()
                && node.isPresent()
                && otherNode.isPresent()
                && Tree.sameContent(tree.get(), node.get(), other, otherNode.get(), path);
    }
}
