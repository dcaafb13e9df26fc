package org.opensuse.containersnap.podman;

import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.podman.PodmanSession.Answer;
import org.opensuse.containersnap.podman.StoreIndex.StoredImage;
import org.opensuse.containersnap.podman.StoreIndex.StoredLayer;
import org.opensuse.containersnap.podman.Workspace.Before;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.Image;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes away what transfers that did not end well left in the store.
///
/// podman leaves the layers that were complete when a pull broke off, and shows them nowhere. A killed podman
/// leaves the layer that it unpacked, marked as incomplete, which the next podman deletes; and if it was killed in
/// just that moment, an image's record without its manifest, with which podman's list of images fails from then on.
/// Nothing is touched that was in the store before the transfer: an older layer may be what the machine boots from.
final class Leftovers {
    private static final Logger log = LoggerFactory.getLogger(Leftovers.class);

    private final StoreFiles files;
    private final PodmanService service;
    private final StepWatch watch;

    Leftovers(StoreFiles files, PodmanService service, StepWatch watch) {
        this.files = files;
        this.service = service;
        this.watch = watch;
    }

    /// Removes what is there now and was not there before.
    ///
    /// @param unwanted images to be removed when they are new
    void remove(Collection<Before> transfers, Set<ImageId> unwanted) throws Failure, InterruptedException {
        if (nothingToDo(transfers, unwanted)) {
            return;
        }
        Workspace workspace = service.workspace();
        try (PodmanSession podman = service.startUnlessBusy(workspace)) {
            Steps.of("clear-store", watch)
                    .step("incomplete-layers", () -> removeIncompleteLayers(podman, transfers))
                    .step("images", () -> removeImages(podman, transfers, unwanted))
                    .step("layers", () -> removeLayers(podman, transfers))
                    .run();
        } finally {
            workspace.remove();
        }
    }

    private boolean nothingToDo(Collection<Before> transfers, Set<ImageId> unwanted) throws Failure {
        StoreIndex index = files.index();
        return images(index, transfers, unwanted).isEmpty()
                && newLayers(index, transfers).isEmpty();
    }

    /// Makes podman look into its layers, upon which it deletes those that are not complete: a podman that serves
    /// does that when something is deleted, so an image is made for it, of no layer.
    private void removeIncompleteLayers(PodmanSession podman, Collection<Before> transfers)
            throws Failure, InterruptedException {
        if (newLayers(files.index(), transfers).stream().anyMatch(StoredLayer::incomplete)) {
            new ImageRemoval(podman, watch).remove(loadSkeleton(podman, List.of()), List.of());
        }
    }

    private void removeImages(PodmanSession podman, Collection<Before> transfers, Set<ImageId> unwanted)
            throws Failure, InterruptedException {
        for (StoredImage image : images(files.index(), transfers, unwanted)) {
            log.atInfo().addKeyValue(Key.IMAGE, image.id()).log("removes what a transfer left");
            new ImageRemoval(podman, watch).remove(image.id(), image.names());
        }
    }

    private List<StoredImage> images(StoreIndex index, Collection<Before> transfers, Set<ImageId> unwanted)
            throws Failure {
        Set<ImageId> skeletons = files.images().stream()
                .filter(image -> image.labels().containsKey(SkeletonArchive.LABEL))
                .map(Image::id)
                .collect(Collectors.toSet());
        return index.images().stream()
                .filter(image -> transfers.stream()
                        .anyMatch(before -> !before.images().contains(image.id().hex())))
                .filter(image -> !image.whole() || skeletons.contains(image.id()) || unwanted.contains(image.id()))
                .toList();
    }

    private void removeLayers(PodmanSession podman, Collection<Before> transfers) throws Failure, InterruptedException {
        StoreIndex index = files.index();
        Set<String> fresh = newLayers(index, transfers).stream()
                .filter(layer -> !layer.incomplete() && !layer.diffDigest().isEmpty())
                .map(StoredLayer::id)
                .collect(Collectors.toSet());
        Set<String> parents = new HashSet<>();
        index.layers().values().forEach(layer -> layer.parent().ifPresent(parents::add));
        for (String top : fresh) {
            if (!parents.contains(top)) {
                removeChain(podman, index, index.chainFrom(top), fresh);
            }
        }
    }

    /// Removes a chain of layers down to the first one that an image is made of.
    ///
    /// @param chain from the top down
    private void removeChain(PodmanSession podman, StoreIndex index, List<StoredLayer> chain, Set<String> fresh)
            throws Failure, InterruptedException {
        String top = chain.getFirst().id();
        Set<String> ofImages = index.layersOfImages();
        if (!chain.stream().allMatch(layer -> fresh.contains(layer.id()) || ofImages.contains(layer.id()))) {
            log.warn("keeps what a transfer left, it stands on an older layer of no image layer={}", top);
            return;
        }
        log.info("removes what a transfer left layer={}", top);
        List<String> diffDigests =
                chain.reversed().stream().map(StoredLayer::diffDigest).toList();
        new ImageRemoval(podman, watch).remove(loadSkeleton(podman, diffDigests), List.of());
    }

    /// The layers that no image and no container is made of, and that one of the transfers did not find.
    private List<StoredLayer> newLayers(StoreIndex index, Collection<Before> transfers) throws Failure {
        Set<String> used = index.layersOfImages();
        for (String top : files.layersOfContainers()) {
            index.chainFrom(top).forEach(layer -> used.add(layer.id()));
        }
        return index.layers().values().stream()
                .filter(layer -> !used.contains(layer.id()))
                .filter(layer ->
                        transfers.stream().anyMatch(before -> !before.layers().contains(layer.id())))
                .toList();
    }

    private static ImageId loadSkeleton(PodmanSession podman, List<String> diffDigests)
            throws Failure, InterruptedException {
        HttpUriRequestBase request = PodmanHttp.libpod("POST", "/images/load");
        try {
            request.setEntity(new ByteArrayEntity(SkeletonArchive.of(diffDigests), PodmanHttp.TAR));
            Answer answer = podman.call("name the layers that it left", request);
            Optional<ImageId> id =
                    LoadedNames.parse(answer.body()).stream().findFirst().flatMap(LoadedNames::id);
            if (id.isPresent()) {
                return id.get();
            }
            throw new StorageFailed(
                    "podman can't name the layers that it left: " + Complaint.ofLoad(Complaint.of(answer.body())),
                    null);
        } catch (IOException e) {
            throw new StorageFailed("can't read podman's answer: " + e.getMessage(), e);
        }
    }
}
