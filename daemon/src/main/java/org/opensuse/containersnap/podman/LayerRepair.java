package org.opensuse.containersnap.podman;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.opensuse.containersnap.engine.Subvolumes;
import org.opensuse.containersnap.podman.StoreIndex.StoredLayer;
import org.opensuse.containersnap.podman.StoreLocks.Held;
import org.opensuse.containersnap.podman.Workspace.Before;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.Subvolume;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes podman's records of layers agree with the subvolumes that hold them, before a podman looks at either.
///
/// podman makes its records durable one by one, with fsync; subvolumes come and go durably only with the file system's
/// next commit. So after a loss of power, and when podman is killed between the two, a layer may have a record and no
/// subvolume, or a subvolume and no record. podman 4.3 can't delete the one, and when it is marked as incomplete fails
/// in everything else too; and it can't make the other again.
final class LayerRepair {
    private static final Logger log = LoggerFactory.getLogger(LayerRepair.class);

    private static final String LAYER = "[0-9a-f]{64}";

    /// As podman makes the directory of subvolumes.
    private static final FileAttribute<Set<PosixFilePermission>> ROOT_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final StoreFiles files;
    private final StoreLocks locks;
    private final Subvolumes subvolumes;

    LayerRepair(StoreFiles files, StoreLocks locks, Subvolumes subvolumes) {
        this.files = files;
        this.locks = locks;
        this.subvolumes = subvolumes;
    }

    /// Empty subvolumes that were made so that podman can delete their layers.
    final class Lent {
        private final List<Path> directories = new ArrayList<>();

        /// Deletes what podman did not: a layer that is known as complete must not be found empty.
        void takeBack() throws Failure {
            for (Path directory : directories) {
                if (subvolumes.find(directory).isPresent()) {
                    subvolumes.delete(directory);
                }
            }
        }
    }

    /// Gives an empty subvolume to each layer that has none and is to be deleted, and deletes the subvolumes that came
    /// since and are of no layer. Nothing happens while a podman changes layers.
    ///
    /// @param broken what the store held before what did not come to its end
    Lent run(Collection<Before> broken) throws Failure {
        Lent lent = new Lent();
        if (!Files.isDirectory(files.layers())) {
            return lent;
        }
        Optional<Held> lock = takeLock();
        if (lock.isEmpty()) {
            log.warn("podman's layers are not checked, another podman changes them");
            return lent;
        }
        try (Held _ = lock.get()) {
            StoreIndex index = files.index();
            // podman records its very first layer before there is a directory for it.
            Files.createDirectories(files.subvolumes(), ROOT_ONLY);
            for (StoredLayer layer : index.layers().values()) {
                lend(layer, broken, lent);
            }
            for (Path directory : unrecorded(index)) {
                if (isNew(directory.getFileName().toString(), broken)) {
                    delete(directory);
                }
            }
            return lent;
        } catch (IOException e) {
            throw new StorageFailed("can't check podman's layers in " + files.subvolumes() + ": " + e, e);
        }
    }

    private Optional<Held> takeLock() throws Failure {
        try {
            return locks.takeLayers();
        } catch (IOException e) {
            throw new StorageFailed("can't lock podman's layers: " + e, e);
        }
    }

    private static boolean isNew(String layer, Collection<Before> broken) {
        return broken.stream().anyMatch(before -> !before.layers().contains(layer));
    }

    /// podman deletes an incomplete layer by itself as soon as it can.
    private void lend(StoredLayer layer, Collection<Before> broken, Lent lent) throws Failure {
        Path directory = files.subvolume(layer);
        if (!layer.id().matches(LAYER) || Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (layer.incomplete() || isNew(layer.id(), broken)) {
            log.info("a layer of podman has lost its subvolume layer={}", layer.id());
            subvolumes.create(directory);
            if (!layer.incomplete()) {
                lent.directories.add(directory);
            }
        }
    }

    private List<Path> unrecorded(StoreIndex index) throws IOException {
        Set<String> recorded = index.layers().keySet();
        List<Path> unrecorded = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(files.subvolumes())) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (name.matches(LAYER) && !recorded.contains(name)) {
                    unrecorded.add(entry);
                }
            }
        }
        return unrecorded;
    }

    /// The kernel refuses by itself to delete the default subvolume and one with subvolumes inside.
    private void delete(Path directory) throws Failure {
        Optional<Subvolume> found = subvolumes.find(directory);
        if (found.isEmpty()
                || found.get().id() == subvolumes.booted().id()
                || !subvolumes.mountsIn(directory).isEmpty()) {
            log.warn("keeps a subvolume that podman has no record of, it is used directory={}", directory);
            return;
        }
        log.info("removes a subvolume that podman has no record of directory={}", directory);
        try {
            subvolumes.delete(directory);
        } catch (StorageFailed e) {
            log.warn("keeps a subvolume that podman has no record of directory={} reason={}", directory, e.line());
        }
    }
}
