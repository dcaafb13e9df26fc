package org.opensuse.containersnap.engine;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.opensuse.containersnap.engine.Archives.OpenArchive;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Image;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;

/// The port to the image store: a cache of images from which roots are taken.
///
/// Interrupting the calling thread ends a pull or load, which then leaves nothing behind.
public interface ImageStore {
    /// The images in the order they came.
    List<Image> images() throws Failure, InterruptedException;

    /// The image of this ID, when it is in the store.
    default Optional<Image> find(ImageId id) throws Failure, InterruptedException {
        return images().stream().filter(image -> image.id().equals(id)).findFirst();
    }

    /// Pulls an image; returns at once when the store has it in its newest version.
    ///
    /// @throws Failure.PullFailed with the registry's words
    /// @throws Failure.NoSpace when the file system is full
    ImageId pull(ImageReference reference, TransferListener listener, Delivery delivery)
            throws Failure, InterruptedException;

    /// Loads all images of an archive, in its order.
    ///
    /// @throws Failure.LoadFailed when the file is no archive, or a damaged one
    /// @throws Failure.NoSuchFile when reading it fails
    /// @throws Failure.NoSpace when the file system is full
    List<ImageId> load(OpenArchive archive, TransferListener listener, Delivery delivery)
            throws Failure, InterruptedException;

    /// Takes over images that came, as long as the store knows how to undo that.
    @FunctionalInterface
    interface Delivery {
        /// Takes them over. When this fails or is interrupted, the store undoes the transfer.
        void take(List<ImageId> images) throws Failure, InterruptedException;
    }

    /// The digests of the manifests that an image came with: its own, and those of lists that it was chosen from.
    Set<String> manifestsOf(ImageId id) throws Failure;

    /// Takes one name away from an image; the image stays.
    void untag(ImageId id, String name) throws Failure, InterruptedException;

    /// Removes an image with all its names.
    ///
    /// @throws Failure.ImageInUse when a container uses it
    void remove(ImageId id) throws Failure, InterruptedException;

    /// The subvolume with the image's root file system, in the store's own tree; empty for an image without a layer
    /// and for one that is not there.
    Optional<Path> topLayer(ImageId id) throws Failure;

    /// The images and their top layers' subvolumes, in the order they came: what the original program booted from.
    List<TopLayer> topLayers() throws Failure;

    /// The subvolumes in the store's own tree that go when the image goes.
    List<Path> layersOnlyOf(ImageId id) throws Failure;

    /// The subvolumes in the store's own tree that an image is made of, from the top down.
    List<Path> layersOf(ImageId id) throws Failure;

    /// The digests of the layers that the store has, of each as it came and unpacked: what a pull does not fetch.
    Set<String> layerDigests() throws Failure;

    /// The images that containers are made of.
    Set<ImageId> usedByContainers() throws Failure;

    /// An image and the subvolume of its top layer. Two images may share one.
    record TopLayer(ImageId image, Path subvolume) {}
}
