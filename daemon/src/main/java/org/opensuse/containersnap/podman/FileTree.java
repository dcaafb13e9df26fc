package org.opensuse.containersnap.podman;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A directory with all that is in it; symbolic links are not followed.
final class FileTree extends SimpleFileVisitor<Path> {
    private static final Logger log = LoggerFactory.getLogger(FileTree.class);

    private FileTree() {}

    /// Removes it when it is there; what can't be removed is logged.
    static void remove(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try {
            Files.walkFileTree(directory, new FileTree());
        } catch (IOException e) {
            log.warn("can't remove temporary files of podman error={}", e.toString());
        }
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        Files.deleteIfExists(file);
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
        if (e != null) {
            throw e;
        }
        Files.deleteIfExists(directory);
        return FileVisitResult.CONTINUE;
    }
}
