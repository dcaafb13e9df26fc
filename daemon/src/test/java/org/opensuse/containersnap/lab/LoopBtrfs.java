package org.opensuse.containersnap.lab;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A real btrfs in a file, mounted below the directory for temporary files: `@RegisterExtension` in a static field
/// gives one to the class, in another field one to each test.
///
/// Needs root; without, the tests are skipped with the reason, or fail when `CI` is `true`.
public final class LoopBtrfs
        implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback, AutoCloseable {
    private static final long MEGABYTE = 1 << 20;
    private static final int DEFAULT_MEGABYTES = 1024;

    private final int megabytes;
    private @Nullable Path directory;
    private boolean ofClass;

    public LoopBtrfs() {
        this(DEFAULT_MEGABYTES);
    }

    /// @param megabytes at least 110, or there is no btrfs
    public LoopBtrfs(int megabytes) {
        this.megabytes = megabytes;
    }

    /// Where its top level is mounted.
    public Path path() {
        if (directory == null) {
            throw new IllegalStateException("not mounted");
        }
        return directory.resolve("btrfs");
    }

    /// The file that it lies in.
    public Path disk() {
        return path().resolveSibling("disk.img");
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        requireRoot();
        ofClass = true;
        mount();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        if (!ofClass) {
            requireRoot();
            mount();
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (!ofClass) {
            close();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        close();
    }

    /// Skips the test, or fails it when `CI` is `true`, where the user is not root.
    public static void requireRoot() {
        if (System.getProperty("user.name").equals("root")) {
            return;
        }
        String reason = "skipped: needs root to mount a btrfs";
        if ("true".equals(System.getenv("CI"))) {
            throw new IllegalStateException(reason);
        }
        System.err.println(reason);
        Assumptions.abort(reason);
    }

    /// Makes the file system and mounts it.
    public void mount() {
        makeDisk();
        Tool.run("mkfs.btrfs", "--quiet", disk().toString());
        Tool.run("mount", "-o", "loop", disk().toString(), path().toString());
    }

    /// What a power cut now would leave of it, mounted elsewhere; to be closed by the caller. The copy has
    /// the UUID of the original, so btrfs lets it in only beside an original that is not mounted: that is unmounted
    /// for good.
    public LoopBtrfs copy() {
        LoopBtrfs copy = new LoopBtrfs(megabytes);
        copy.makeDisk();
        Tool.run("cp", "--sparse=always", disk().toString(), copy.disk().toString());
        unmount(path().toString());
        Tool.run("mount", "-o", "loop", copy.disk().toString(), copy.path().toString());
        return copy;
    }

    private void makeDisk() {
        try {
            directory = Files.createTempDirectory("container-snap-lab");
            Files.createDirectory(path());
            try (RandomAccessFile file = new RandomAccessFile(disk().toFile(), "rw")) {
                file.setLength(megabytes * MEGABYTE);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Unmounts it, with all that is mounted inside, and deletes its file.
    @Override
    public void close() {
        if (directory == null) {
            return;
        }
        try {
            for (String mount : mountsBelow(directory).reversed()) {
                unmount(mount);
            }
            Files.delete(path());
            Files.delete(disk());
            Files.delete(directory);
            directory = null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void unmount(String mount) {
        try {
            Tool.run("umount", mount);
        } catch (IllegalStateException _) {
            Tool.run("umount", "--lazy", mount);
        }
    }

    /// The mount points, in the order they were mounted.
    private static List<String> mountsBelow(Path directory) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                .map(line -> line.split(" ", -1)[4])
                .filter(mount -> Path.of(mount).startsWith(directory))
                .toList();
    }
}
