package org.opensuse.containersnap.tree;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.opensuse.containersnap.kernel.Descriptor;
import org.opensuse.containersnap.kernel.FileCalls;
import org.opensuse.containersnap.kernel.FileStatus;
import org.opensuse.containersnap.kernel.SystemError;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.Quoted;

/// The file tree below a directory, such as a system's root.
///
/// The directory is opened once, and every path is walked from there. Paths are absolute in the tree, as in
/// `/etc/fstab`, and mean what they say: a symbolic link on the way is not followed, there is nothing behind it. So no
/// path leads out of the tree, whatever is in it and whoever changes it meanwhile. Names are those of [FileName].
public final class Tree implements AutoCloseable {
    private static final int BLOCK = 1 << 16;
    private static final int MOST_NAMES = 100_000;

    private final Path root;
    private final FileCalls calls = new FileCalls();
    private final Descriptor top;

    private Tree(Path root) throws SystemError {
        this.root = root;
        this.top = calls.directory(root.toString());
    }

    public static Tree open(Path root) throws Failure {
        try {
            return new Tree(root);
        } catch (SystemError e) {
            throw new StorageFailed("can't open " + Quoted.of(root.toString()) + ": " + e.getMessage(), e);
        }
    }

    /// What a path names; empty when there is nothing.
    public Optional<Node> find(String path) throws Failure {
        try (Descriptor handle = handle(path)) {
            return Optional.of(node(handle));
        } catch (SystemError e) {
            return absent(path, e);
        }
    }

    <T> Optional<T> absent(String path, SystemError error) throws Failure {
        return switch (error.errno()) {
            case SystemError.ENOENT, SystemError.ENOTDIR, SystemError.ELOOP -> Optional.empty();
            default -> throw failed("read", path, error);
        };
    }

    /// The names in a directory, at most 100,000, in the order of their characters; none when there is no such
    /// directory.
    public List<String> names(String directory) throws Failure {
        try (Descriptor handle = handle(directory)) {
            List<byte[]> names = calls.names(handle, MOST_NAMES);
            if (names.size() > MOST_NAMES) {
                throw new StorageFailed(
                        "there are more than " + MOST_NAMES + " files in " + Quoted.of(directory), null);
            }
            return names.stream().map(FileName::decode).sorted().toList();
        } catch (SystemError e) {
            return this.<List<String>>absent(directory, e).orElse(List.of());
        }
    }

    /// The content of a regular file.
    ///
    /// @param longest in bytes; empty when there is more, or no such file
    public Optional<byte[]> content(String path, int longest) throws Failure, InterruptedException {
        try (Descriptor handle = handle(path)) {
            return read(handle, path, longest);
        } catch (SystemError e) {
            return absent(path, e);
        }
    }

    /// As [#content], of what the path leads to for a process whose root the tree is.
    public Optional<byte[]> contentFollowing(String path, int longest) throws Failure, InterruptedException {
        try (Descriptor handle = calls.handleInRoot(top, FileName.encode(path))) {
            return read(handle, path, longest);
        } catch (SystemError e) {
            return absent(path, e);
        }
    }

    private Optional<byte[]> read(Descriptor handle, String path, int longest)
            throws SystemError, Failure, InterruptedException {
        if (Kind.of(calls.status(handle).mode()) != Kind.FILE) {
            return Optional.empty();
        }
        try (FileChannel channel = readable(handle)) {
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            ByteBuffer block = ByteBuffer.allocate(BLOCK);
            while (channel.read(block) >= 0) {
                content.write(block.array(), 0, block.position());
                if (content.size() > longest) {
                    return Optional.empty();
                }
                block.clear();
            }
            return Optional.of(content.toByteArray());
        } catch (IOException e) {
            throw failed("read", path, e);
        }
    }

    /// Whether two files hold the same: kind, content, target or device. Of directories only that they are ones.
    public static boolean sameContent(Tree one, Node oneNode, Tree other, Node otherNode, String path)
            throws Failure, InterruptedException {
        return sameContent(one, path, oneNode, other, path, otherNode);
    }

    /// As [#sameContent(Tree, Node, Tree, Node, String)], under two paths.
    public static boolean sameContent(
            Tree one, String onePath, Node oneNode, Tree other, String otherPath, Node otherNode)
            throws Failure, InterruptedException {
        if (!oneNode.looksLike(otherNode)) {
            return false;
        }
        if (oneNode.kind() != Kind.FILE || oneNode.status().size() == 0) {
            return true;
        }
        try (Descriptor oneHandle = one.handle(onePath);
                Descriptor otherHandle = other.handle(otherPath)) {
            if (Kind.of(one.calls.status(oneHandle).mode()) != Kind.FILE
                    || Kind.of(other.calls.status(otherHandle).mode()) != Kind.FILE) {
                return false;
            }
            return sameBytes(oneHandle, otherHandle);
        } catch (SystemError e) {
            // It went, or became something else, since it was looked at.
            return one.<Boolean>absent(onePath, e).orElse(false);
        } catch (IOException e) {
            throw one.failed("read", onePath, e);
        }
    }

    private static boolean sameBytes(Descriptor one, Descriptor other) throws IOException {
        try (FileChannel oneChannel = readable(one);
                FileChannel otherChannel = readable(other)) {
            ByteBuffer oneBlock = ByteBuffer.allocate(BLOCK);
            ByteBuffer otherBlock = ByteBuffer.allocate(BLOCK);
            while (true) {
                boolean more = fill(oneChannel, oneBlock);
                if (more != fill(otherChannel, otherBlock) || !oneBlock.equals(otherBlock)) {
                    return false;
                }
                if (!more) {
                    return true;
                }
            }
        }
    }

    private static boolean fill(FileChannel channel, ByteBuffer block) throws IOException {
        block.clear();
        boolean more = true;
        while (more && block.hasRemaining()) {
            more = channel.read(block) >= 0;
        }
        block.flip();
        return more;
    }

    @Override
    public void close() {
        top.close();
    }

    FileCalls calls() {
        return calls;
    }

    Descriptor handle(String path) throws SystemError {
        return calls.handle(top, relative(path));
    }

    private static byte[] relative(String path) {
        return path.equals("/") ? new byte[] {'.'} : FileName.encode(path.substring(1));
    }

    /// The regular file that a handle stands for, opened to be read. Nothing else may be opened: a pipe would wait, a
    /// device do something.
    static FileChannel readable(Descriptor handle) throws IOException {
        return FileChannel.open(handle.path(), StandardOpenOption.READ);
    }

    Node node(Descriptor handle) throws SystemError {
        FileStatus status = calls.status(handle);
        Kind kind = Kind.of(status.mode());
        String target = kind == Kind.LINK ? new String(calls.target(handle), ISO_8859_1) : "";
        return new Node(kind, attributes(handle, status), target, status);
    }

    private Attributes attributes(Descriptor handle, FileStatus status) throws SystemError {
        SortedMap<String, String> extended = new TreeMap<>();
        for (byte[] name : calls.attributes(handle)) {
            try {
                extended.put(new String(name, ISO_8859_1), new String(calls.attribute(handle, name), ISO_8859_1));
            } catch (SystemError e) {
                if (e.errno() != SystemError.ENODATA) { // it went meanwhile
                    throw e;
                }
            }
        }
        return new Attributes(status.uid(), status.gid(), status.mode() & 07777, extended);
    }

    Failure failed(String verb, String path, SystemError error) {
        String what = verb + " " + Quoted.of(path) + " in " + Quoted.of(root.toString());
        return error.full()
                ? new NoSpace(what, error)
                : new StorageFailed("can't " + what + ": " + error.getMessage(), error);
    }

    Failure failed(String verb, String path, IOException error) throws InterruptedException {
        if (error instanceof ClosedByInterruptException && Thread.interrupted()) {
            throw new InterruptedException();
        }
        String what = verb + " " + Quoted.of(path) + " in " + Quoted.of(root.toString());
        String words = String.valueOf(error.getMessage());
        // Java has no other sign of it.
        if (words.contains("No space left on device") || words.contains("Disk quota exceeded")) {
            return new NoSpace(what, error);
        }
        return new StorageFailed("can't " + what + ": " + error.getMessage(), error);
    }
}
