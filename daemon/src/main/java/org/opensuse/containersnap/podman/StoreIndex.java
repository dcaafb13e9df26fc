package org.opensuse.containersnap.podman;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.opensuse.containersnap.snapshot.ImageId;

/// What the files of podman's store say: images and the layers that they are made of.
///
/// The files are `btrfs-images/images.json` and `btrfs-layers/layers.json` below the graph root, of the types
/// `Image` and `Layer` of containers/storage.
///
/// @param images in the order they came
/// @param layers by ID
record StoreIndex(List<StoredImage> images, Map<String, StoredLayer> layers) {
    static final StoreIndex EMPTY = new StoreIndex(List.of(), Map.of());
    private static final ObjectMapper JSON = new ObjectMapper();

    /// Before a digest, the key of a manifest's file.
    private static final String OTHER_MANIFEST = "manifest-";

    StoreIndex {
        images = List.copyOf(images);
        layers = Map.copyOf(layers);
    }

    /// An image's record.
    ///
    /// @param layer ID of the top layer; empty for an image without a layer
    /// @param bigData keys of the files that belong to it, such as `manifest`
    record StoredImage(ImageId id, String digest, List<String> names, Optional<String> layer, List<String> bigData) {
        /// Whether the record is more than the beginning of one: podman writes the manifest after it.
        boolean whole() {
            return bigData.contains("manifest");
        }

        /// The digests of the manifests that it came with.
        Set<String> manifests() {
            Set<String> digests = new HashSet<>(List.of(digest));
            for (String key : bigData) {
                if (key.startsWith(OTHER_MANIFEST)) {
                    digests.add(key.substring(OTHER_MANIFEST.length()));
                }
            }
            return digests;
        }
    }

    /// A layer's record.
    ///
    /// @param parent the layer below
    /// @param diffDigest of the layer's uncompressed archive; empty for a container's own layer
    /// @param compressedDigest of the blob that it came in; empty when not known
    /// @param sizeBytes of its uncompressed archive
    /// @param incomplete whether podman was stopped while it unpacked it; the next podman deletes it
    record StoredLayer(
            String id,
            Optional<String> parent,
            String diffDigest,
            String compressedDigest,
            long sizeBytes,
            boolean incomplete) {}

    /// Reads both files.
    ///
    /// @throws IOException when one is not what podman writes
    static StoreIndex parse(byte[] imagesJson, byte[] layersJson) throws IOException {
        List<StoredImage> images = new ArrayList<>();
        for (JsonNode node : array(imagesJson)) {
            image(node).ifPresent(images::add);
        }
        Map<String, StoredLayer> layers = new HashMap<>();
        for (JsonNode node : array(layersJson)) {
            StoredLayer layer = layer(node);
            layers.put(layer.id(), layer);
        }
        return new StoreIndex(images, layers);
    }

    Optional<StoredImage> find(ImageId id) {
        return images.stream().filter(image -> image.id().equals(id)).findFirst();
    }

    Optional<StoredImage> findNamed(String name) {
        return images.stream().filter(image -> image.names().contains(name)).findFirst();
    }

    /// The layers that an image is made of, from the top down; shorter when one is missing.
    List<StoredLayer> chain(StoredImage image) {
        return image.layer().map(this::chainFrom).orElse(List.of());
    }

    /// A layer and those below it, from the top down; shorter when one is missing.
    List<StoredLayer> chainFrom(String top) {
        Map<String, StoredLayer> chain = new LinkedHashMap<>();
        Optional<String> next = Optional.of(top);
        while (next.isPresent() && !chain.containsKey(next.get())) {
            StoredLayer layer = layers.get(next.get());
            if (layer == null) {
                break;
            }
            chain.put(layer.id(), layer);
            next = layer.parent();
        }
        return List.copyOf(chain.values());
    }

    /// The digests of all layers, of each as it came and unpacked: what podman does not fetch again.
    Set<String> layerDigests() {
        Set<String> digests = new HashSet<>();
        for (StoredLayer layer : layers.values()) {
            digests.add(layer.compressedDigest());
            digests.add(layer.diffDigest());
        }
        return digests;
    }

    /// The layers of an image that no other image is made of, from the top down.
    List<StoredLayer> layersOnlyOf(StoredImage image) {
        Set<String> others = new HashSet<>();
        for (StoredImage other : images) {
            if (!other.id().equals(image.id())) {
                chain(other).forEach(layer -> others.add(layer.id()));
            }
        }
        return chain(image).stream()
                .filter(layer -> !others.contains(layer.id()))
                .toList();
    }

    /// The IDs of the layers that images are made of.
    Set<String> layersOfImages() {
        Set<String> ids = new HashSet<>();
        images.forEach(image -> chain(image).forEach(layer -> ids.add(layer.id())));
        return ids;
    }

    /// The size of an image's layers, uncompressed.
    long sizeBytes(StoredImage image) {
        return chain(image).stream().mapToLong(StoredLayer::sizeBytes).sum();
    }

    private static Iterable<JsonNode> array(byte[] json) throws IOException {
        JsonNode root = JSON.readTree(json);
        if (root.isNull() || root.isArray()) {
            return root;
        }
        throw new IOException("not a list");
    }

    private static Optional<StoredImage> image(JsonNode node) {
        String id = node.path("id").asText("");
        if (!ImageId.isValid(id)) {
            return Optional.empty();
        }
        return Optional.of(new StoredImage(
                new ImageId(id),
                node.path("digest").asText(""),
                texts(node.path("names")),
                nonEmpty(node.path("layer")),
                texts(node.path("big-data-names"))));
    }

    private static StoredLayer layer(JsonNode node) {
        return new StoredLayer(
                node.path("id").asText(""),
                nonEmpty(node.path("parent")),
                node.path("diff-digest").asText(""),
                node.path("compressed-diff-digest").asText(""),
                node.path("diff-size").asLong(0),
                node.path("flags").path("incomplete").asBoolean(false));
    }

    private static Optional<String> nonEmpty(JsonNode node) {
        return Optional.of(node.asText("")).filter(text -> !text.isEmpty());
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(text -> texts.add(text.asText("")));
        return texts;
    }
}
