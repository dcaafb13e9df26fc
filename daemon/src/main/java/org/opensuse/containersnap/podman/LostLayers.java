package org.opensuse.containersnap.podman;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.podman.StoreIndex.StoredImage;
import org.opensuse.containersnap.podman.StoreIndex.StoredLayer;
import org.opensuse.containersnap.podman.Workspace.Before;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Images whose layers are recorded in podman's store, but not there: no subvolumes, since somebody deleted them or
/// copied the store with a tool that copies files.
///
/// podman takes such a layer for present. It does not download it again, and fails when it is to build on it; and
/// where nothing at all is in the layer's place, it can't even delete the image.
final class LostLayers {
    private static final Logger log = LoggerFactory.getLogger(LostLayers.class);

    private final StoreFiles files;
    private final Leftovers leftovers;

    LostLayers(StoreFiles files, Leftovers leftovers) {
        this.files = files;
        this.leftovers = leftovers;
    }

    /// The images, with their names.
    Map<ImageId, List<String>> images() throws Failure {
        Map<ImageId, List<String>> images = new LinkedHashMap<>();
        lost(files.index()).forEach(image -> images.put(image.id(), image.names()));
        return images;
    }

    /// Removes the images and the layers, so that podman downloads them again. Not to be called while a transfer runs.
    void remove() throws Failure, InterruptedException {
        StoreIndex index = files.index();
        List<StoredImage> lost = lost(index);
        if (lost.isEmpty()) {
            return;
        }
        Set<ImageId> unwanted = lost.stream().map(StoredImage::id).collect(Collectors.toSet());
        Set<String> layers = index.layers().values().stream()
                .filter(files::there)
                .map(StoredLayer::id)
                .collect(Collectors.toSet());
        Set<String> images = index.images().stream()
                .filter(image -> !unwanted.contains(image.id()))
                .map(image -> image.id().hex())
                .collect(Collectors.toSet());
        for (StoredImage image : lost) {
            log.atInfo().addKeyValue(Key.IMAGE, image.id()).log("removes the record of an image without layers");
            index.chain(image).forEach(this::fill);
        }
        leftovers.remove(List.of(new Before(layers, images, Optional.empty())), unwanted);
    }

    private List<StoredImage> lost(StoreIndex index) {
        return index.images().stream()
                .filter(StoredImage::whole)
                .filter(image -> lost(index, image))
                .toList();
    }

    private boolean lost(StoreIndex index, StoredImage image) {
        List<StoredLayer> chain = index.chain(image);
        boolean broken = chain.isEmpty()
                ? image.layer().isPresent()
                : chain.getLast().parent().isPresent();
        return broken || !chain.stream().allMatch(files::there);
    }

    /// podman deletes a layer only when there is something in its place.
    private void fill(StoredLayer layer) {
        try {
            if (!Files.exists(files.subvolume(layer), LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectories(files.subvolume(layer));
            }
        } catch (IOException e) {
            log.atWarn().addKeyValue(Key.ERROR, e).log("can't make a directory for podman to delete");
        }
    }
}
