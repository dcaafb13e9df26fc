package org.opensuse.containersnap.podman;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.opensuse.containersnap.engine.Archives.OpenArchive;
import org.opensuse.containersnap.engine.ImageStore;
import org.opensuse.containersnap.engine.StoreVolume;
import org.opensuse.containersnap.engine.Subvolumes;
import org.opensuse.containersnap.engine.TransferListener;
import org.opensuse.containersnap.engine.TransferListener.Phase;
import org.opensuse.containersnap.podman.StoreIndex.StoredImage;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSuchImage;
import org.opensuse.containersnap.snapshot.Image;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;
import org.opensuse.containersnap.step.StepWatch;

/// The image store that podman keeps with its btrfs driver.
///
/// Reads come from the files of the store, without podman. Changes are made by podman alone, a process an
/// operation. podman bind-mounts `btrfs/` of its graph root on itself and leaves that mount, which does no harm.
public final class PodmanImageStore implements ImageStore, AutoCloseable {
    private final PodmanService service;
    private final StoreVolume volume;
    private final StoreFiles files;
    private final Transfers transfers;
    private final StepWatch watch;
    private boolean recovered; // guarded by this

    /// @param volume that the store lies on
    /// @param taken whether an image's root was taken, or is going to be, so that no broken transfer takes it along
    /// @param watch hears of the steps
    public PodmanImageStore(
            PodmanService service, Subvolumes subvolumes, StoreVolume volume, Taken taken, StepWatch watch) {
        this.service = service;
        this.volume = volume;
        this.files = new StoreFiles(service.settings().graphRoot());
        this.transfers = new Transfers(service, files, subvolumes, taken, watch);
        this.watch = watch;
    }

    /// Tells which images are used.
    @FunctionalInterface
    public interface Taken {
        boolean test(ImageId id) throws Failure;
    }

    /// Ends what a daemon that was killed left running, and removes what it left half done. Done once, at the
    /// latest before the first change.
    public synchronized void recover() throws Failure, InterruptedException {
        if (!recovered) {
            transfers.recover();
            recovered = true;
        }
    }

    /// The directories below the graph root in which podman changes entries when images come, change or go, each after
    /// the one that it lies in.
    public List<Path> directories() {
        return files.directories();
    }

    /// The images, with their names, that podman's files tell of and whose layers are not there. They are not listed,
    /// and the next transfer removes them.
    public Map<ImageId, List<String>> imagesWithoutLayers() throws Failure {
        return transfers.imagesWithoutLayers();
    }

    @Override
    public List<Image> images() throws Failure {
        List<Image> there = files.imagesThatAreThere();
        Set<ImageId> left = transfers.leftImages();
        return there.stream().filter(image -> !left.contains(image.id())).toList();
    }

    @Override
    public ImageId pull(ImageReference reference, TransferListener listener, Delivery delivery)
            throws Failure, InterruptedException {
        recover();
        Progress progress = new Progress(listener, watch);
        progress.tell(Phase.CONNECTING, 0, OptionalLong.empty());
        return transfers.run(Optional.of(reference.name()), (podman, before) -> {
            ImageId id = new Pull(
                            reference,
                            podman,
                            before,
                            files,
                            progress,
                            room("pull " + reference),
                            service.settings().limits())
                    .run();
            delivery.take(List.of(id));
            return id;
        });
    }

    @Override
    public List<ImageId> load(OpenArchive archive, TransferListener listener, Delivery delivery)
            throws Failure, InterruptedException {
        recover();
        Progress progress = new Progress(listener, watch);
        return transfers.run(Optional.empty(), (podman, before) -> {
            List<ImageId> ids =
                    new Load(archive, files, progress, room("load " + archive.source())).run(podman, before);
            delivery.take(ids);
            return ids;
        });
    }

    @Override
    public Set<String> manifestsOf(ImageId id) throws Failure {
        return files.index().find(id).map(StoredImage::manifests).orElse(Set.of());
    }

    @Override
    public void untag(ImageId id, String name) throws Failure, InterruptedException {
        if (!stored(id).names().contains(name)) {
            throw new NoSuchImage(name);
        }
        recover();
        transfers.change((podman, now) -> {
            boolean named =
                    now.find(id).map(image -> image.names().contains(name)).orElse(false);
            if (named) {
                new ImageRemoval(podman, watch).untag(id, name);
            }
        });
    }

    /// When podman is lost in the middle another one goes on: an image that has lost its names is not what
    /// anybody asked for.
    @Override
    public void remove(ImageId id) throws Failure, InterruptedException {
        StoredImage image = stored(id);
        recover();
        transfers.delete(image, (podman, now) -> {
            Optional<StoredImage> left = now.find(id);
            if (left.isPresent()) {
                new ImageRemoval(podman, watch).remove(id, left.get().names());
            }
        });
    }

    @Override
    public Optional<Path> topLayer(ImageId id) throws Failure {
        StoreIndex index = files.index();
        return index.find(id).flatMap(image -> topLayer(index, image));
    }

    @Override
    public List<TopLayer> topLayers() throws Failure {
        StoreIndex index = files.index();
        Set<ImageId> left = transfers.leftImages();
        return index.images().stream()
                .filter(image -> !left.contains(image.id()))
                .flatMap(image -> topLayer(index, image).map(path -> new TopLayer(image.id(), path)).stream())
                .toList();
    }

    @Override
    public List<Path> layersOnlyOf(ImageId id) throws Failure {
        StoreIndex index = files.index();
        return index.find(id).map(index::layersOnlyOf).orElse(List.of()).stream()
                .map(files::subvolume)
                .toList();
    }

    @Override
    public List<Path> layersOf(ImageId id) throws Failure {
        StoreIndex index = files.index();
        return index.find(id).map(index::chain).orElse(List.of()).stream()
                .map(files::subvolume)
                .toList();
    }

    @Override
    public Set<String> layerDigests() throws Failure {
        return files.index().layerDigests();
    }

    @Override
    public Set<ImageId> usedByContainers() throws Failure {
        return files.imagesOfContainers();
    }

    /// Ends all podmans, also those at work.
    @Override
    public void close() {
        service.close();
    }

    private Space room(String doing) throws Failure {
        return Space.before(volume, service.settings().stateDirectory(), doing);
    }

    private StoredImage stored(ImageId id) throws Failure {
        return files.index().find(id).orElseThrow(() -> new NoSuchImage(id.hex()));
    }

    private Optional<Path> topLayer(StoreIndex index, StoredImage image) {
        return index.chain(image).stream().findFirst().map(files::subvolume);
    }
}
