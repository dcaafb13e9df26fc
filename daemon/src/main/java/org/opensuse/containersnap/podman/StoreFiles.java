package org.opensuse.containersnap.podman;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.podman.StoreIndex.StoredImage;
import org.opensuse.containersnap.podman.StoreIndex.StoredLayer;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.Image;
import org.opensuse.containersnap.snapshot.ImageId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads the files of podman's store.
///
/// A read takes no lock and starts no podman: it answers in microseconds while a pull runs. podman writes each of
/// the files under another name and renames it, so each is whole; a reading of both that saw one change is done
/// again.
final class StoreFiles {
    private static final Logger log = LoggerFactory.getLogger(StoreFiles.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final byte[] EMPTY_LIST = "[]".getBytes(StandardCharsets.US_ASCII);
    private static final int READINGS = 20;

    /// The inode number of every subvolume's top directory (BTRFS_FIRST_FREE_OBJECTID).
    private static final Long TOP_INODE = 256L;

    private final Path imagesDirectory;
    private final Path layersDirectory;
    private final Path imagesJson;
    private final Path layersJson;
    private final Path containersJson;
    private final Path subvolumes;
    private final Map<ImageId, StoredConfig> configs = new ConcurrentHashMap<>();
    private volatile Reading last = new Reading(List.of(), StoreIndex.EMPTY, List.of());

    StoreFiles(Path graphRoot) {
        this.imagesDirectory = graphRoot.resolve("btrfs-images");
        this.imagesJson = imagesDirectory.resolve("images.json");
        this.layersDirectory = graphRoot.resolve("btrfs-layers");
        this.layersJson = layersDirectory.resolve("layers.json");
        this.containersJson = graphRoot.resolve("btrfs-containers").resolve("containers.json");
        this.subvolumes = graphRoot.resolve("btrfs").resolve("subvolumes");
    }

    /// @param stamps what the files looked like; a changed one means that they must be read again
    private record Reading(List<Object> stamps, StoreIndex index, List<Image> images) {}

    List<Path> directories() {
        return List.of(imagesDirectory, layersDirectory, subvolumes.resolveSibling(""), subvolumes);
    }

    /// The images that are whole, in the order they came.
    List<Image> images() throws Failure {
        return read().images();
    }

    StoreIndex index() throws Failure {
        return read().index();
    }

    /// The images whose root file systems are there. An image of no layer has none, which is not lost.
    List<Image> imagesThatAreThere() throws Failure {
        Reading reading = read();
        return reading.images().stream()
                .filter(image -> topIsThere(reading.index(), image.id()))
                .toList();
    }

    private boolean topIsThere(StoreIndex index, ImageId id) {
        Optional<String> top = index.find(id).flatMap(StoredImage::layer);
        return top.isEmpty()
                || Optional.ofNullable(index.layers().get(top.get()))
                        .filter(this::there)
                        .isPresent();
    }

    /// Whether a layer's root file system is there, a subvolume.
    boolean there(StoredLayer layer) {
        try {
            Map<String, Object> found =
                    Files.readAttributes(subvolume(layer), "unix:ino,isDirectory", LinkOption.NOFOLLOW_LINKS);
            return Boolean.TRUE.equals(found.get("isDirectory")) && TOP_INODE.equals(found.get("ino"));
        } catch (IOException _) {
            return false;
        }
    }

    /// Where podman keeps a layer's root file system.
    Path subvolume(StoredLayer layer) {
        return subvolumes.resolve(layer.id());
    }

    /// The directory of [#subvolume].
    Path subvolumes() {
        return subvolumes;
    }

    /// The directory of what podman records of images.
    Path imageRecords() {
        return imagesDirectory;
    }

    /// The directory of what podman records of layers.
    Path layers() {
        return layersJson.resolveSibling("");
    }

    /// The top layers of containers, which no image is made of.
    List<String> layersOfContainers() throws Failure {
        List<String> layers = new ArrayList<>();
        try {
            JSON.readTree(content(containersJson))
                    .forEach(container -> layers.add(container.path("layer").asText("")));
            return layers;
        } catch (IOException e) {
            throw unreadable(containersJson, e);
        }
    }

    /// The images that containers are made of.
    Set<ImageId> imagesOfContainers() throws Failure {
        Set<ImageId> images = new HashSet<>();
        try {
            for (JsonNode container : JSON.readTree(content(containersJson))) {
                String image = container.path("image").asText("");
                if (ImageId.isValid(image)) {
                    images.add(new ImageId(image));
                }
            }
            return images;
        } catch (IOException e) {
            throw unreadable(containersJson, e);
        }
    }

    private Reading read() throws Failure {
        Reading known = last;
        List<Object> before = stamps();
        if (known.stamps().equals(before)) {
            return known;
        }
        for (int i = 0; i < READINGS; i++) {
            StoreIndex index = parse();
            Map<ImageId, IOException> unreadable = new LinkedHashMap<>();
            List<Image> images = describe(index, unreadable);
            List<Object> after = stamps();
            if (after.equals(before)) {
                Reading reading = new Reading(after, index, images);
                last = reading;
                unreadable.forEach(StoreFiles::tellUnreadable);
                return reading;
            }
            before = after;
        }
        throw new StorageFailed("podman's store changes all the time: " + imagesJson, null);
    }

    private StoreIndex parse() throws Failure {
        try {
            return StoreIndex.parse(content(imagesJson), content(layersJson));
        } catch (IOException e) {
            throw unreadable(imagesJson, e);
        }
    }

    /// @param unreadable gets the images whose configurations can't be read, which may be going at this moment
    private List<Image> describe(StoreIndex index, Map<ImageId, IOException> unreadable) {
        List<Image> images = new ArrayList<>();
        Set<ImageId> present = new HashSet<>();
        for (StoredImage stored : index.images()) {
            present.add(stored.id());
            config(stored, unreadable)
                    .ifPresent(config -> images.add(new Image(
                            stored.id(),
                            stored.digest(),
                            stored.names(),
                            config.created(),
                            index.sizeBytes(stored),
                            config.labels())));
        }
        configs.keySet().retainAll(present);
        return List.copyOf(images);
    }

    /// The configuration; empty for a manifest list, which has none, and for an image that is coming or going.
    private Optional<StoredConfig> config(StoredImage image, Map<ImageId, IOException> unreadable) {
        StoredConfig known = configs.get(image.id());
        if (known != null) {
            return Optional.of(known);
        }
        if (!image.whole()) {
            return Optional.empty();
        }
        try {
            Optional<Path> file = configFile(image);
            if (file.isEmpty()) {
                return Optional.empty();
            }
            StoredConfig config = StoredConfig.parse(Files.readAllBytes(file.get()));
            configs.put(image.id(), config);
            return Optional.of(config);
        } catch (IOException e) {
            unreadable.put(image.id(), e);
            return Optional.empty();
        }
    }

    private static void tellUnreadable(ImageId image, IOException why) {
        log.atWarn()
                .addKeyValue(Key.IMAGE, image)
                .addKeyValue(Key.ERROR, why)
                .log("can't read the configuration of an image");
    }

    /// The file with the configuration, whose key is its digest: the image's ID, but for images of the docker
    /// schema 1.
    private Optional<Path> configFile(StoredImage image) throws IOException {
        String key = "sha256:" + image.id();
        if (!image.bigData().contains(key)) {
            Path manifest = bigData(image, "manifest");
            key = JSON.readTree(Files.readAllBytes(manifest))
                    .path("config")
                    .path("digest")
                    .asText("");
        }
        return image.bigData().contains(key) ? Optional.of(bigData(image, key)) : Optional.empty();
    }

    /// The file that containers/storage keeps a key's data in: plain names as they are, others as `=` and base64.
    private Path bigData(StoredImage image, String key) {
        boolean plain = key.chars().allMatch(c -> Character.isLetterOrDigit(c) || c == '.' || c == '-');
        String file = plain ? key : "=" + Base64.getEncoder().encodeToString(key.getBytes(StandardCharsets.UTF_8));
        return imagesDirectory.resolve(image.id().hex()).resolve(file);
    }

    private List<Object> stamps() throws Failure {
        return List.of(stamp(imagesJson), stamp(layersJson));
    }

    /// Inode, size and time of change of a file: podman's rename gives another inode, and the same one would have
    /// another time.
    private static Object stamp(Path file) throws Failure {
        try {
            return Files.readAttributes(file, "unix:ino,size,ctime,lastModifiedTime");
        } catch (NoSuchFileException _) {
            return "none";
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static byte[] content(Path file) throws IOException {
        try {
            byte[] content = Files.readAllBytes(file);
            return content.length == 0 ? EMPTY_LIST : content;
        } catch (NoSuchFileException _) {
            return EMPTY_LIST;
        }
    }

    private static StorageFailed unreadable(Path file, IOException e) {
        return new StorageFailed("can't read " + file + " of podman's store: " + e.getMessage(), e);
    }
}
