package org.opensuse.containersnap.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// Where things lie below the state directory.
///
/// Roots hold set-user-ID programs of systems that are no longer updated, so only root may look into them.
///
/// @param state such as `/var/lib/container-snap`
public record StoreLayout(Path state) {
    private static final FileAttribute<Set<PosixFilePermission>> ROOT_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    /// The bootable subvolumes.
    public Path roots() {
        return state.resolve("roots");
    }

    public Path root(SnapshotId id) {
        return roots().resolve(id.toString());
    }

    /// podman's graph root.
    public Path images() {
        return state.resolve("snapshots");
    }

    /// The records.
    public Path records() {
        return state.resolve("state");
    }

    /// A file that takes the space which is kept for deletions.
    Path reserve() {
        return records().resolve("reserve");
    }

    /// Scratch space of podman.
    public Path temporary() {
        return state.resolve("tmp");
    }

    /// The directories whose entries tell whether the store is there, each after the one that it lies in.
    public List<Path> watched() {
        List<Path> directories = new ArrayList<>();
        Optional.ofNullable(state.getParent()).ifPresent(directories::add);
        directories.addAll(List.of(state, roots(), images(), records()));
        return directories;
    }

    /// Renames what is in the place of a root and is none, such as the plain directory that rsync makes: it is not
    /// ours to delete. Its new name begins with the old one.
    void makeWay(Path root) throws Failure {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            Path aside = root.resolveSibling(root.getFileName() + ".no-subvolume");
            for (int number = 2; Files.exists(aside, LinkOption.NOFOLLOW_LINKS); number++) {
                aside = root.resolveSibling(root.getFileName() + ".no-subvolume-" + number);
            }
            Files.move(root, aside, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new StorageFailed(
                    root + " is no btrfs subvolume and can't be renamed to make way for one: " + e.getMessage(), e);
        }
    }

    /// All directories, each after the one that it is in.
    List<Path> directories() {
        return List.of(state, roots(), images(), records(), temporary());
    }

    /// Whether nothing lacks.
    boolean whole() {
        return directories().stream().allMatch(Files::isDirectory);
    }

    /// Whether anything was made, other than the state directory itself, which a package or an administrator makes too.
    boolean begun() {
        return directories().stream().anyMatch(directory -> !directory.equals(state) && Files.isDirectory(directory));
    }

    /// Makes all directories that lack.
    void make() throws Failure {
        for (Path directory : directories()) {
            make(directory);
        }
    }

    /// Makes a directory if it lacks.
    void make(Path directory) throws Failure {
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectories(directory, ROOT_ONLY);
            }
        } catch (IOException e) {
            throw new StorageFailed("can't make the directories of the store below " + state + ": " + e, e);
        }
    }
}
