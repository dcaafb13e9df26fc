package org.opensuse.containersnap.btrfs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.opensuse.containersnap.engine.StoreVolume;
import org.opensuse.containersnap.engine.Subvolumes;
import org.opensuse.containersnap.kernel.LibC;
import org.opensuse.containersnap.kernel.SystemError;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.Failure.NotBtrfs;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.Subvolume;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// [Subvolumes] through libbtrfsutil: system calls of this process, nothing forked and no text parsed.
public final class BtrfsSubvolumes implements Subvolumes {
    /// The inode number of every subvolume's top directory (BTRFS_FIRST_FREE_OBJECTID).
    private static final long TOP_INODE = 256;

    private static final UUID NO_PARENT = new UUID(0, 0);

    private static final Logger log = LoggerFactory.getLogger(BtrfsSubvolumes.class);

    private final LibC libC = new LibC();
    private final LibBtrfsUtil library = new LibBtrfsUtil(libC);
    private final Path root;

    /// The subvolumes of a machine.
    ///
    /// @param root the machine's root directory: `/`, another one in tests
    public BtrfsSubvolumes(Path root) {
        this.root = root;
    }

    /// The room on their file system.
    public StoreVolume volume() {
        return new BtrfsVolume(libC, library);
    }

    @Override
    public Optional<Subvolume> find(Path directory) throws Failure {
        try {
            Map<String, Object> found =
                    Files.readAttributes(directory, "unix:ino,isDirectory", LinkOption.NOFOLLOW_LINKS);
            if (!Boolean.TRUE.equals(found.get("isDirectory"))
                    || !Long.valueOf(TOP_INODE).equals(found.get("ino"))) {
                return Optional.empty();
            }
            LibBtrfsUtil.SubvolumeInfo info = library.info(directory.toString());
            if (covered(directory, info.id())) {
                log.warn("ignored: something else is mounted over a subvolume directory={}", directory);
                return Optional.empty();
            }
            return Optional.of(new Subvolume(info.id(), directory, info.readOnly(), info.created()));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException e) {
            throw new StorageFailed("can't look at " + directory + ": " + e.getMessage(), e);
        } catch (SystemError e) {
            // One that is being deleted has its name a little longer than all else.
            if (e.errno() == SystemError.ENOENT || !Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
                return Optional.empty();
            }
            throw failed("look at", directory, e);
        }
    }

    /// A mount hides what is in the directory, while deleting the directory's name would take just that: so what is
    /// found must have the directory's name in its own file system too.
    private boolean covered(Path directory, long id) throws SystemError {
        String path = library.subvolumePath(directory.toString(), id);
        return !path.substring(path.lastIndexOf('/') + 1)
                .equals(directory.getFileName().toString());
    }

    @Override
    public Lineage lineage(Path directory) throws Failure {
        try {
            LibBtrfsUtil.SubvolumeInfo info = library.info(directory.toString());
            return new Lineage(info.uuid(), Optional.of(info.parent()).filter(parent -> !parent.equals(NO_PARENT)));
        } catch (SystemError e) {
            throw failed("look at", directory, e);
        }
    }

    @Override
    public void create(Path directory) throws Failure {
        try {
            library.create(directory.toString());
        } catch (SystemError e) {
            throw failed("make the subvolume", directory, e);
        }
    }

    @Override
    public void snapshot(Path source, Path target) throws Failure {
        try {
            library.snapshot(source.toString(), target.toString());
        } catch (SystemError e) {
            throw failed("take a snapshot of", source, e);
        }
    }

    @Override
    public void delete(Path directory) throws Failure {
        try {
            library.delete(directory.toString());
        } catch (SystemError e) {
            throw failed("delete", directory, e);
        }
    }

    @Override
    public void setReadOnly(Path directory, boolean readOnly) throws Failure {
        try {
            library.setReadOnly(directory.toString(), readOnly);
        } catch (SystemError e) {
            throw failed(readOnly ? "make read-only" : "make read-write", directory, e);
        }
    }

    @Override
    public void setDefault(Path directory, long id) throws Failure {
        try {
            library.setDefault(directory.toString(), id);
        } catch (SystemError e) {
            throw failed("make the default subvolume of", directory, e);
        }
    }

    @Override
    public Mounted defaultOfRoot() throws Failure {
        try {
            long id = library.defaultId(root.toString());
            return new Mounted(id, library.subvolumePath(root.toString(), id));
        } catch (SystemError e) {
            throw ofRoot(e);
        }
    }

    @Override
    public Mounted booted() throws Failure {
        try {
            long id = library.subvolumeId(root.toString());
            return new Mounted(id, library.subvolumePath(root.toString(), id));
        } catch (SystemError e) {
            throw ofRoot(e);
        }
    }

    @Override
    public Optional<Identity> identify(long id) throws Failure {
        try {
            String path = library.subvolumePath(root.toString(), id);
            return Optional.of(
                    new Identity(id, path, library.info(root.toString(), id).uuid()));
        } catch (SystemError e) {
            if (e.errno() == SystemError.ENOENT) {
                return Optional.empty();
            }
            throw ofRoot(e);
        }
    }

    @Override
    public void extents(Path directory, long id, ExtentVisitor visitor) throws Failure {
        try {
            DataExtents.tell(libC, directory, id, visitor);
        } catch (SystemError e) {
            throw failed("look for the data of", directory, e);
        }
    }

    @Override
    public List<String> inside(Path directory) throws Failure {
        try {
            return library.below(directory.toString());
        } catch (SystemError e) {
            throw failed("list the subvolumes inside", directory, e);
        }
    }

    @Override
    public void sync(Path directory) throws Failure {
        try {
            library.sync(directory.toString());
        } catch (SystemError e) {
            throw failed("make durable what was written to", directory, e);
        }
    }

    /// Makes a file's data durable, or the names in a directory. Unlike [#sync] it does not wait for what others wrote,
    /// which may be gigabytes.
    public void force(Path path) throws Failure {
        try {
            libC.force(path.toString());
        } catch (SystemError e) {
            throw failed("make durable", path, e);
        }
    }

    /// Makes a file's data part of the next commit of its file system, without a commit of its own.
    public void writeBack(Path file) throws Failure {
        try {
            libC.writeBack(file.toString());
        } catch (SystemError e) {
            throw failed("write back", file, e);
        }
    }

    @Override
    public List<Path> mountsIn(Path directory) throws Failure {
        try {
            return MountInfo.ofThisProcess().below(directory);
        } catch (IOException e) {
            throw new StorageFailed("can't look at the mounts in " + directory + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void requireSameFileSystemAsRoot(Path directory) throws Failure {
        try {
            MountInfo mounts = MountInfo.ofThisProcess();
            MountInfo.Mount ofRoot = mounts.covering(root.toRealPath()).orElseThrow();
            MountInfo.Mount ofDirectory =
                    mounts.covering(directory.toRealPath()).orElseThrow();
            if (!ofRoot.type().equals("btrfs")) {
                throw notBtrfs(ofRoot.type());
            }
            if (!ofDirectory.device().equals(ofRoot.device())) {
                throw new NotBtrfs(directory + " is on another file system (" + ofDirectory.type() + ", mounted at "
                        + ofDirectory.point() + ") than " + root
                        + "; snapshots can only be booted from the file system of " + root);
            }
        } catch (IOException e) {
            throw new StorageFailed("can't look at the mounts of " + directory + ": " + e.getMessage(), e);
        }
    }

    private Failure ofRoot(SystemError error) {
        if (error.errno() == SystemError.ENOTTY) {
            return notBtrfs("another file system");
        }
        return failed("look at", root, error);
    }

    private NotBtrfs notBtrfs(String found) {
        return new NotBtrfs(root + " is on " + found + ", not on btrfs; container-snap needs a machine whose root file "
                + "system is btrfs");
    }

    private static Failure failed(String verb, Path directory, SystemError error) {
        if (error.full()) {
            return new NoSpace(verb + " " + directory, error);
        }
        return new StorageFailed("btrfs could not " + verb + " " + directory + ": " + error.getMessage(), error);
    }
}
