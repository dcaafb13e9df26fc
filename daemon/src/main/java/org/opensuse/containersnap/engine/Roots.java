package org.opensuse.containersnap.engine;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.opensuse.containersnap.engine.ImageStore.TopLayer;
import org.opensuse.containersnap.engine.Records.ImageRecord;
import org.opensuse.containersnap.engine.Subvolumes.Mounted;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSuchSnapshot;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.Subvolume;

/// Where the snapshots are.
///
/// A snapshot's root is `roots/<ID>`. The original program has them in podman's tree instead: the image's top layer
/// itself, and `<top layer>-work<N>` beside it. Those are found too, unless `roots/` has one of the same ID. An
/// image that this service brought always has its root in `roots/`, so its layer is never taken for one.
final class Roots {
    private final StoreLayout layout;
    private final Subvolumes subvolumes;
    private final ImageStore images;
    private final Records records;
    private final Arrivals arrivals;

    Roots(StoreLayout layout, Subvolumes subvolumes, ImageStore images, Records records, Arrivals arrivals) {
        this.layout = layout;
        this.subvolumes = subvolumes;
        this.images = images;
        this.records = records;
        this.arrivals = arrivals;
    }

    /// The snapshots whose roots are in `roots/`.
    List<SnapshotId> taken() throws Failure {
        List<SnapshotId> taken = new ArrayList<>();
        for (SnapshotId id : idsIn(layout.roots())) {
            if (subvolumes.find(layout.root(id)).isPresent()) {
                taken.add(id);
            }
        }
        return taken;
    }

    /// Directories in `roots/` that have a snapshot's name and are no subvolumes, as copies by cp and rsync are.
    List<Path> noSubvolumes() throws Failure {
        List<Path> found = new ArrayList<>();
        for (SnapshotId id : idsIn(layout.roots())) {
            if (subvolumes.find(layout.root(id)).isEmpty()) {
                found.add(layout.root(id));
            }
        }
        return found;
    }

    /// The subvolume of a snapshot.
    ///
    /// @throws NoSuchSnapshot when there is none
    Subvolume get(SnapshotId id) throws Failure {
        return find(id).orElseThrow(() -> new NoSuchSnapshot(id));
    }

    Optional<Subvolume> find(SnapshotId id) throws Failure {
        Optional<Subvolume> own = subvolumes.find(layout.root(id));
        return own.isPresent() ? own : findOfOriginal(id);
    }

    /// Whether an image's root is in `roots/`.
    boolean taken(ImageId image) throws Failure {
        return subvolumes.find(layout.root(SnapshotId.of(image))).isPresent();
    }

    /// All snapshots in the order they were made: the kernel counts subvolume IDs upwards.
    Map<SnapshotId, Subvolume> all() throws Failure {
        Map<SnapshotId, Subvolume> found = new LinkedHashMap<>();
        for (SnapshotId id : idsIn(layout.roots())) {
            subvolumes.find(layout.root(id)).ifPresent(root -> found.put(id, root));
        }
        for (Map.Entry<SnapshotId, Path> entry : ofOriginal().entrySet()) {
            if (!found.containsKey(entry.getKey())) {
                subvolumes.find(entry.getValue()).ifPresent(root -> found.put(entry.getKey(), root));
            }
        }
        Map<SnapshotId, Subvolume> ordered = new LinkedHashMap<>();
        found.entrySet().stream()
                .sorted(Comparator.comparingLong(entry -> entry.getValue().id()))
                .forEach(entry -> ordered.put(entry.getKey(), entry.getValue()));
        return ordered;
    }

    /// The snapshot whose subvolume this is.
    Optional<SnapshotId> named(Mounted mounted) throws Failure {
        String path = mounted.path();
        Optional<SnapshotId> byName = SnapshotId.find(path.substring(path.lastIndexOf('/') + 1));
        if (byName.isPresent() && isRootOf(byName.get(), mounted)) {
            return byName;
        }
        for (Map.Entry<SnapshotId, Path> entry : ofOriginal().entrySet()) {
            Optional<Subvolume> root = subvolumes.find(entry.getValue());
            if (root.isPresent() && root.get().id() == mounted.id()) {
                return Optional.of(entry.getKey());
            }
        }
        return namedByLayer(mounted);
    }

    /// The highest N in use for an image, on disk or in a record; 0 when there is none.
    long highestWork(ImageId image) throws Failure {
        List<SnapshotId> known = new ArrayList<>(idsIn(layout.roots()));
        known.addAll(records.snapshots());
        known.addAll(records.snapshotsOfOriginal().keySet());
        long highest = records.image(image).map(ImageRecord::lastWork).orElse(0L);
        for (SnapshotId id : known) {
            if (id.image().equals(image)) {
                highest = Math.max(highest, id.work());
            }
        }
        Optional<Path> layer = images.topLayer(image);
        if (layer.isPresent()) {
            for (long work : worksBeside(layer.get()).keySet()) {
                highest = Math.max(highest, work);
            }
        }
        return highest;
    }

    /// The directories of the original program's snapshots, whether they are there or not.
    Map<SnapshotId, Path> ofOriginal() throws Failure {
        Map<SnapshotId, Path> found = new LinkedHashMap<>(records.snapshotsOfOriginal());
        List<TopLayer> layers = images.topLayers();
        Set<ImageId> inPlace = usedInPlace(layers);
        for (TopLayer layer : layers) {
            if (inPlace.contains(layer.image())) {
                found.putIfAbsent(SnapshotId.of(layer.image()), layer.subvolume());
            }
            for (Map.Entry<Long, Path> work : worksBeside(layer.subvolume()).entrySet()) {
                if (!found.containsValue(work.getValue())) {
                    found.putIfAbsent(new SnapshotId(layer.image(), work.getKey()), work.getValue());
                }
            }
        }
        return found;
    }

    /// The images whose layers are their roots.
    private Set<ImageId> usedInPlace(List<TopLayer> layers) throws Failure {
        Set<ImageId> inPlace = new HashSet<>();
        for (TopLayer layer : layers) {
            ImageId image = layer.image();
            if (!arrivals.has(image)
                    && records.image(image).filter(ImageRecord::rootTaken).isEmpty()) {
                inPlace.add(image);
            }
        }
        // An image that was deleted in the meantime has no record either, and others may have its layer.
        if (!inPlace.isEmpty()) {
            inPlace.retainAll(images.topLayers().stream().map(TopLayer::image).toList());
        }
        return inPlace;
    }

    /// Writes down where the original program's snapshots are. Else only the image tells their IDs, and it may go.
    void recordSnapshotsOfOriginal() throws Failure {
        Set<SnapshotId> recorded = records.snapshotsOfOriginal().keySet();
        for (Map.Entry<SnapshotId, Path> snapshot : ofOriginal().entrySet()) {
            SnapshotId id = snapshot.getKey();
            if (!id.pristine() && !recorded.contains(id)) {
                layout.make();
                records.writeSnapshotOfOriginal(id, snapshot.getValue());
            }
        }
    }

    /// A system that the original set up runs from the layer itself, also after this service brought the same image.
    private Optional<SnapshotId> namedByLayer(Mounted mounted) throws Failure {
        for (TopLayer layer : images.topLayers()) {
            Optional<Subvolume> root = subvolumes.find(layer.subvolume());
            if (root.isPresent() && root.get().id() == mounted.id()) {
                return Optional.of(SnapshotId.of(layer.image()));
            }
        }
        return Optional.empty();
    }

    private boolean isRootOf(SnapshotId id, Mounted mounted) throws Failure {
        Optional<Subvolume> root = subvolumes.find(layout.root(id));
        return root.isPresent() && root.get().id() == mounted.id();
    }

    private Optional<Subvolume> findOfOriginal(SnapshotId id) throws Failure {
        Path root = ofOriginal().get(id);
        return root == null ? Optional.empty() : subvolumes.find(root);
    }

    /// The original names its snapshots after the top layer, which has an image ID's form.
    private static Map<Long, Path> worksBeside(Path topLayer) throws Failure {
        Map<Long, Path> works = new LinkedHashMap<>();
        String layer = topLayer.getFileName().toString();
        for (SnapshotId id : idsIn(topLayer.resolveSibling(""))) {
            if (!id.pristine() && id.image().hex().equals(layer)) {
                works.put(id.work(), topLayer.resolveSibling(id.toString()));
            }
        }
        return works;
    }

    private static List<SnapshotId> idsIn(Path directory) throws Failure {
        List<SnapshotId> ids = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                SnapshotId.find(entry.getFileName().toString()).ifPresent(ids::add);
            }
        } catch (NoSuchFileException | NotDirectoryException _) {
            return List.of();
        } catch (IOException e) {
            throw new StorageFailed("can't list " + directory + ": " + e, e);
        }
        return ids;
    }
}
