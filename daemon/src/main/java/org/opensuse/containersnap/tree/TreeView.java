package org.opensuse.containersnap.tree;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opensuse.containersnap.kernel.Descriptor;
import org.opensuse.containersnap.kernel.FileCalls;
import org.opensuse.containersnap.kernel.SystemError;

/// The files of a root, which may be hostile, read as its own system would see them.
///
/// Paths are absolute and begin at the root, for links too: the kernel resolves each as if the root were `/`, so that
/// neither a link nor ".." leads out, whatever is moved meanwhile. What is mounted below the root is not the root's and
/// not reached. A path gives a handle first, which opens nothing; what is a regular file is opened through it. So no
/// pipe and no device is opened, which might never open, or do something when it is.
public final class TreeView implements AutoCloseable {
    private static final FileCalls CALLS = new FileCalls();

    private final Path directory;
    private final Descriptor root;

    private TreeView(Path directory, Descriptor root) {
        this.directory = directory;
        this.root = root;
    }

    /// The tree below a directory.
    public static TreeView of(Path directory) throws IOException {
        try {
            return new TreeView(directory, CALLS.handle(directory.toString()));
        } catch (SystemError e) {
            throw failed(directory.toString(), e);
        }
    }

    /// What a path leads to, through any links; empty when that is nothing.
    public Optional<Status> status(String path) throws IOException {
        try (Handle handle = open(path)) {
            return handle.found() ? Optional.of(status(handle.path())) : Optional.empty();
        }
    }

    /// What has this path itself, a link too; empty when nothing has, and when the path ends with no name.
    public Optional<Status> linkStatus(String path) throws IOException {
        try (Handle parent = open(parent(path))) {
            Optional<Path> entry = entry(parent, path);
            return entry.isPresent() ? Optional.of(status(entry.get(), LinkOption.NOFOLLOW_LINKS)) : Optional.empty();
        } catch (NoSuchFileException | NotDirectoryException _) {
            return Optional.empty();
        }
    }

    /// What is written in the symbolic link that has this path; empty when none has.
    public Optional<String> target(String path) throws IOException {
        try (Handle parent = open(parent(path))) {
            Optional<Path> entry = entry(parent, path);
            return entry.isPresent()
                    ? Optional.of(Files.readSymbolicLink(entry.get()).toString())
                    : Optional.empty();
        } catch (NoSuchFileException | NotDirectoryException | NotLinkException _) {
            return Optional.empty();
        }
    }

    /// The names in the directory that a path leads to, in no order; none when it leads to no directory.
    ///
    /// @param most how many are read at most
    public List<String> names(String path, int most) throws IOException {
        List<String> names = new ArrayList<>();
        try (Handle handle = open(path)) {
            if (!handle.found()) {
                return List.of();
            }
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(handle.path())) {
                for (Path entry : entries) {
                    if (names.size() == most) {
                        break;
                    }
                    names.add(entry.getFileName().toString());
                }
            }
        } catch (NotDirectoryException _) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }

    /// Reads the regular file that a path leads to; empty when it leads to none.
    public Optional<InputStream> read(String path) throws IOException {
        try (Handle handle = open(path)) {
            return handle.found() && status(handle.path()).kind() == Status.Kind.FILE
                    ? Optional.of(new FileInputStream(handle.path().toFile()))
                    : Optional.empty();
        }
    }

    @Override
    public void close() {
        root.close();
    }

    /// What a path led to, or nothing.
    private record Handle(Optional<Descriptor> descriptor) implements AutoCloseable {
        boolean found() {
            return descriptor.isPresent();
        }

        Path path() {
            return descriptor.orElseThrow().path();
        }

        @Override
        public void close() {
            descriptor.ifPresent(Descriptor::close);
        }
    }

    private Handle open(String path) throws IOException {
        if (path.indexOf('\0') >= 0) {
            return new Handle(Optional.empty());
        }
        try {
            return new Handle(Optional.of(CALLS.handleInRootItself(root, path)));
        } catch (SystemError e) {
            if (leadsNowhere(e)) {
                return new Handle(Optional.empty());
            }
            throw failed(directory + path, e);
        }
    }

    private static boolean leadsNowhere(SystemError error) {
        return switch (error.errno()) {
            case SystemError.ENOENT,
                    SystemError.ENOTDIR,
                    SystemError.ELOOP,
                    SystemError.ENAMETOOLONG,
                    SystemError.EXDEV -> true;
            default -> false;
        };
    }

    private static Status status(Path path, LinkOption... options) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(path, "unix:mode,size", options);
        if (attributes.get("mode") instanceof Integer mode && attributes.get("size") instanceof Long size) {
            return Status.of(mode, size);
        }
        throw new IllegalStateException("attributes are " + attributes);
    }

    private static String parent(String path) {
        return path.substring(0, path.lastIndexOf('/') + 1);
    }

    /// The last name of a path in the directory that it is in; empty when that is no name that an entry can have.
    private static Optional<Path> entry(Handle parent, String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        if (!parent.found() || name.isEmpty() || name.equals(".") || name.equals("..")) {
            return Optional.empty();
        }
        try {
            return Optional.of(parent.path().resolve(name));
        } catch (InvalidPathException _) {
            return Optional.empty();
        }
    }

    private static IOException failed(String path, SystemError why) {
        return new IOException("can't open " + path + ": " + why.getMessage(), why);
    }
}
