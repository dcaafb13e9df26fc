package org.opensuse.containersnap.podman;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.opensuse.containersnap.engine.Archives.OpenArchive;
import org.opensuse.containersnap.engine.ImageStore;
import org.opensuse.containersnap.engine.TransferListener;
import org.opensuse.containersnap.engine.TransferListener.Phase;
import org.opensuse.containersnap.podman.StoreIndex.StoredImage;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSuchImage;
import org.opensuse.containersnap.snapshot.Image;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;

/// The image store that podman keeps with its btrfs driver.
///
/// Reads come from the files of the store, without podman. Changes are made by podman alone, a process an
/// operation. podman bind-mounts `btrfs/` of its graph root on itself and leaves that mount, which does no harm.
public final class PodmanImageStore implements ImageStore, AutoCloseable {
    private final PodmanService service;
    private final StoreFiles files;
    private final Transfers transfers;
    private boolean recovered; // guarded by this

    public PodmanImageStore(PodmanService service) {
        this.service = service;
        this.files = new StoreFiles(service.settings().graphRoot());
        this.transfers = new Transfers(service, files);
    }

    /// Ends what a daemon that was killed left running, and removes what it left half done. Done once, at the
    /// latest before the first change.
    public synchronized void recover() throws Failure, InterruptedException {
        if (!recovered) {
            transfers.recover();
            recovered = true;
        }
    }

    @Override
    public List<Image> images() throws Failure {
        return files.images();
    }

    @Override
    public ImageId pull(ImageReference reference, TransferListener listener) throws Failure, InterruptedException {
        recover();
        Progress progress = new Progress(listener);
        progress.tell(Phase.CONNECTING, 0, OptionalLong.empty());
        return transfers.run((podman, before) -> new Pull(reference, podman, before, files, progress).run());
    }

    @Override
    public List<ImageId> load(OpenArchive archive, TransferListener listener) throws Failure, InterruptedException {
        recover();
        Progress progress = new Progress(listener);
        return transfers.run((podman, _) -> new Load(archive, files, progress).run(podman));
    }

    @Override
    public void untag(ImageId id, String name) throws Failure, InterruptedException {
        if (!stored(id).names().contains(name)) {
            throw new NoSuchImage(name);
        }
        change(podman -> new ImageRemoval(podman).untag(id, name));
    }

    @Override
    public void remove(ImageId id) throws Failure, InterruptedException {
        List<String> names = stored(id).names();
        change(podman -> new ImageRemoval(podman).remove(id, names));
    }

    @Override
    public Optional<Path> topLayer(ImageId id) throws Failure {
        StoreIndex index = files.index();
        return index.find(id).flatMap(image -> topLayer(index, image));
    }

    @Override
    public List<TopLayer> topLayers() throws Failure {
        StoreIndex index = files.index();
        return index.images().stream()
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

    /// Ends all podmans, also those at work.
    @Override
    public void close() {
        service.close();
    }

    private interface Change {
        void make(PodmanSession podman) throws Failure, InterruptedException;
    }

    private void change(Change change) throws Failure, InterruptedException {
        recover();
        Workspace workspace = service.workspace();
        try (PodmanSession podman = service.start(workspace)) {
            change.make(podman);
        } finally {
            workspace.remove();
        }
    }

    private StoredImage stored(ImageId id) throws Failure {
        return files.index().find(id).orElseThrow(() -> new NoSuchImage(id.hex()));
    }

    private Optional<Path> topLayer(StoreIndex index, StoredImage image) {
        return index.chain(image).stream().findFirst().map(files::subvolume);
    }
}
