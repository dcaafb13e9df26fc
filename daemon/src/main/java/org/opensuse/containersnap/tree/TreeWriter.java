package org.opensuse.containersnap.tree;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.opensuse.containersnap.kernel.Descriptor;
import org.opensuse.containersnap.kernel.FileCalls;
import org.opensuse.containersnap.kernel.SystemError;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.Quoted;

/// Changes a [Tree], and nothing outside it. Nothing is durable before the file system is synced.
public final class TreeWriter {
    /// A file that changes while it is copied is copied again, after a wait that doubles: 2.5 s in all.
    private static final int COPIES = 7;

    private static final Duration FIRST_WAIT = Duration.ofMillis(20);

    /// The time of a change is that of the kernel's last tick, 10 ms ago at most: within one, another change may not
    /// be seen.
    private static final Duration TICK = Duration.ofMillis(20);

    private final Tree tree;
    private final FileCalls calls;
    private long drafts;

    public TreeWriter(Tree tree) {
        this.tree = tree;
        this.calls = tree.calls();
    }

    /// Copies anything but a directory: with its attributes and times, and in the state of one moment.
    ///
    /// @param target where it is to go; its directory is there
    /// @param attributes other ones than it has
    /// @return empty when there is nothing to copy, or a directory
    /// @throws StorageFailed when it does not stop changing
    public Optional<Draft> copy(Tree source, String path, String target, Optional<Attributes> attributes)
            throws Failure, InterruptedException {
        for (int i = 0; i < COPIES; i++) {
            try (Descriptor from = source.handle(path)) {
                Instant begin = Instant.now();
                Node before = source.node(from);
                if (before.isDirectory()) {
                    return Optional.empty();
                }
                String draft = draftBeside(target);
                make(from, before, draft);
                dress(draft, attributes.orElse(before.attributes()), before.modified());
                if (isSettled(before, begin)
                        && before.unchangedSince(source.calls().status(from))) {
                    return Optional.of(new Draft(draft, before.status()));
                }
                remove(draft);
            } catch (SystemError e) {
                return source.absent(path, e);
            }
            Thread.sleep(FIRST_WAIT.multipliedBy(1L << i));
        }
        throw new StorageFailed(
                "can't copy " + Quoted.of(path) + ": it keeps changing; stop what writes to it and try again", null);
    }

    /// Whether a change after a moment gives something another time.
    private static boolean isSettled(Node node, Instant moment) {
        return Duration.between(node.status().changed(), moment).abs().compareTo(TICK) > 0;
    }

    /// Makes a regular file.
    ///
    /// @return the path of the draft
    public String write(byte[] content, String target, Attributes attributes, Instant modified)
            throws Failure, InterruptedException {
        String draft = draftBeside(target);
        try (Descriptor directory = tree.handle(parent(draft));
                Descriptor file = calls.create(directory, name(draft));
                FileChannel channel = FileChannel.open(file.path(), StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (SystemError e) {
            throw tree.failed("write", target, e);
        } catch (IOException e) {
            throw tree.failed("write", target, e);
        }
        dress(draft, attributes, modified);
        return draft;
    }

    /// Another name for a file of the tree.
    ///
    /// @return the path of the draft
    public String link(String existing, String target) throws Failure {
        String draft = draftBeside(target);
        try (Descriptor from = tree.handle(parent(existing));
                Descriptor to = tree.handle(parent(draft))) {
            calls.makeHardLink(from, name(existing), to, name(draft));
            return draft;
        } catch (SystemError e) {
            throw tree.failed("make", target, e);
        }
    }

    /// Makes a directory.
    public void makeDirectory(String path, Attributes attributes) throws Failure {
        try (Descriptor directory = tree.handle(parent(path))) {
            calls.makeDirectory(directory, name(path));
        } catch (SystemError e) {
            throw tree.failed("make", path, e);
        }
        setAttributes(path, attributes);
    }

    public void setAttributes(String path, Attributes attributes) throws Failure {
        try (Descriptor file = tree.handle(path)) {
            set(file, attributes);
        } catch (SystemError e) {
            throw tree.failed("change", path, e);
        }
    }

    public void setModified(String path, Instant modified) throws Failure {
        try (Descriptor file = tree.handle(path)) {
            calls.setModified(file, modified);
        } catch (SystemError e) {
            throw tree.failed("change", path, e);
        }
    }

    /// Gives something another name, which may be that of anything but a directory.
    public void move(String from, String to) throws Failure {
        try (Descriptor source = tree.handle(parent(from));
                Descriptor target = tree.handle(parent(to))) {
            calls.rename(source, name(from), target, name(to));
        } catch (SystemError e) {
            throw tree.failed("make", to, e);
        }
    }

    /// Removes what is there, with all that is in it.
    public void remove(String path) throws Failure {
        Optional<Node> found = tree.find(path);
        if (found.isEmpty()) {
            return;
        }
        boolean directory = found.get().isDirectory();
        if (directory) {
            for (String name : tree.names(path)) {
                remove(path + "/" + name);
            }
        }
        try (Descriptor parent = tree.handle(parent(path))) {
            if (directory) {
                calls.removeDirectory(parent, name(path));
            } else {
                calls.removeFile(parent, name(path));
            }
        } catch (SystemError e) {
            throw tree.failed("remove", path, e);
        }
    }

    private void make(Descriptor from, Node node, String draft) throws Failure, InterruptedException {
        try (Descriptor directory = tree.handle(parent(draft))) {
            switch (node.kind()) {
                case FILE -> copyContent(from, directory, draft);
                case LINK ->
                    calls.makeLink(directory, name(draft), node.target().getBytes(ISO_8859_1));
                case DIRECTORY -> throw new IllegalArgumentException(draft);
                case PIPE, SOCKET, CHARACTER_DEVICE, BLOCK_DEVICE ->
                    calls.makeNode(
                            directory,
                            name(draft),
                            node.kind().type(),
                            node.status().special());
            }
        } catch (SystemError e) {
            throw tree.failed("make", draft, e);
        }
    }

    private void copyContent(Descriptor from, Descriptor directory, String draft)
            throws SystemError, Failure, InterruptedException {
        try (Descriptor to = calls.create(directory, name(draft))) {
            if (calls.share(from, to)) {
                return;
            }
            try (FileChannel source = Tree.readable(from);
                    FileChannel target = FileChannel.open(to.path(), StandardOpenOption.WRITE)) {
                long at = 0;
                long copied;
                do {
                    copied = source.transferTo(at, Long.MAX_VALUE, target);
                    at += copied;
                } while (copied > 0);
            } catch (IOException e) {
                throw tree.failed("write", draft, e);
            }
        }
    }

    private void dress(String path, Attributes attributes, Instant modified) throws Failure {
        try (Descriptor file = tree.handle(path)) {
            set(file, attributes);
            calls.setModified(file, modified);
        } catch (SystemError e) {
            throw tree.failed("make", path, e);
        }
    }

    /// The order matters: another owner takes away set-user-ID bits and capabilities, and the mode and the access
    /// control list hold each other.
    private void set(Descriptor file, Attributes attributes) throws SystemError {
        Node now = tree.node(file);
        calls.setOwner(file, attributes.uid(), attributes.gid());
        for (String name : now.attributes().extended().keySet()) {
            // A label comes with the name under SELinux, and can be changed only.
            if (!attributes.extended().containsKey(name) && !name.equals(Attributes.LABEL)) {
                removeAttribute(file, name);
            }
        }
        if (now.kind() != Kind.LINK) {
            calls.setMode(file, attributes.mode());
        }
        for (Map.Entry<String, String> attribute : attributes.extended().entrySet()) {
            calls.setAttribute(
                    file,
                    attribute.getKey().getBytes(ISO_8859_1),
                    attribute.getValue().getBytes(ISO_8859_1));
        }
    }

    /// Some go by themselves when the owner changes.
    private void removeAttribute(Descriptor file, String name) throws SystemError {
        try {
            calls.removeAttribute(file, name.getBytes(ISO_8859_1));
        } catch (SystemError e) {
            if (e.errno() != SystemError.ENODATA) {
                throw e;
            }
        }
    }

    /// A name that is not there, in the directory of another one.
    private String draftBeside(String target) throws Failure {
        String directory = parent(target);
        String path;
        do {
            path = (directory.equals("/") ? "" : directory) + "/.container-snap-" + drafts;
            drafts++;
        } while (tree.find(path).isPresent());
        return path;
    }

    private static String parent(String path) {
        int end = path.lastIndexOf('/');
        return end == 0 ? "/" : path.substring(0, end);
    }

    private static byte[] name(String path) {
        return FileName.encode(path.substring(path.lastIndexOf('/') + 1));
    }
}
