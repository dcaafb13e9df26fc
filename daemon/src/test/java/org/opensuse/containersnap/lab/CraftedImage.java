package org.opensuse.containersnap.lab;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.opensuse.containersnap.snapshot.ImageId;

/// A small OCI image.
///
/// @param layers from the bottom up
/// @param labels of its configuration
/// @param created as in its configuration
public record CraftedImage(List<Layer> layers, Map<String, String> labels, String created) {
    /// When images were created unless told otherwise.
    public static final String CREATED = "2025-01-09T10:47:31.818647723Z";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
    private static final String LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
    private static final int FILES_A_DIRECTORY = 100;

    /// A layer.
    public static final class Layer {
        private final byte[] tar;
        private final byte[] blob;

        private Layer(byte[] tar) {
            this.tar = tar;
            this.blob = gzip(tar);
        }

        /// The uncompressed archive.
        public byte[] tar() {
            return tar;
        }

        /// The archive as it lies in a registry.
        public byte[] blob() {
            return blob;
        }

        private static byte[] gzip(byte[] content) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (GZIPOutputStream gzip = new GZIPOutputStream(bytes) {
                {
                    def.setLevel(Deflater.BEST_SPEED);
                }
            }) {
                gzip.write(content);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return bytes.toByteArray();
        }
    }

    /// An image without labels.
    public static CraftedImage of(Layer... layers) {
        return new CraftedImage(List.of(layers), Map.of(), CREATED);
    }

    public CraftedImage label(String name, String value) {
        Map<String, String> more = new HashMap<>(labels);
        more.put(name, value);
        return new CraftedImage(layers, more, created);
    }

    /// A layer with a file of bytes that don't compress; the same seed gives the same layer.
    public static Layer layer(String seed, int size) {
        return new Layer(new Tar()
                .directory("usr")
                .file("usr/" + seed, random(seed, size))
                .end());
    }

    /// A layer with a file of zeros, which is next to nothing when compressed.
    public static Layer layerOfZeros(String name, int size) {
        return new Layer(
                new Tar().directory("usr").file("usr/" + name, new byte[size]).end());
    }

    /// A layer that takes long to unpack.
    public static Layer layerOfManyFiles(String seed, int files, int size) {
        Tar tar = new Tar();
        byte[] content = random(seed, size);
        for (int i = 0; i < files; i++) {
            if (i % FILES_A_DIRECTORY == 0) {
                tar.directory(seed + i / FILES_A_DIRECTORY);
            }
            tar.file(seed + i / FILES_A_DIRECTORY + "/" + i, content);
        }
        return new Layer(tar.end());
    }

    public ImageId id() {
        return new ImageId(sha256(config()));
    }

    public byte[] config() {
        return json(Map.of(
                "architecture",
                "amd64",
                "os",
                "linux",
                "created",
                created,
                "config",
                Map.of("Labels", labels),
                "rootfs",
                Map.of("type", "layers", "diff_ids", diffDigests())));
    }

    /// The layers as they lie in a registry.
    public List<byte[]> blobs() {
        return layers.stream().map(Layer::blob).toList();
    }

    /// The bytes of all blobs of layers.
    public long blobBytes() {
        return blobs().stream().mapToLong(blob -> blob.length).sum();
    }

    public byte[] manifest() {
        List<Map<String, Object>> descriptors = new ArrayList<>();
        blobs().forEach(blob -> descriptors.add(descriptor(LAYER, blob)));
        return json(Map.of(
                "schemaVersion",
                2,
                "mediaType",
                MANIFEST,
                "config",
                descriptor(CONFIG, config()),
                "layers",
                descriptors));
    }

    /// A manifest list with this image for this machine, and another one for another.
    public byte[] index(CraftedImage foreign) {
        Map<String, Object> ours = descriptor(MANIFEST, manifest());
        ours.put("platform", Map.of("os", "linux", "architecture", "amd64"));
        Map<String, Object> other = descriptor(MANIFEST, foreign.manifest());
        other.put("platform", Map.of("os", "linux", "architecture", "s390x"));
        return json(Map.of(
                "schemaVersion",
                2,
                "mediaType",
                "application/vnd.oci.image.index.v1+json",
                "manifests",
                List.of(other, ours)));
    }

    /// An oci-archive with this image, nameless.
    public byte[] ociArchive() {
        Tar tar = new Tar().directory("blobs").directory("blobs/sha256");
        blobs().forEach(blob -> tar.file("blobs/sha256/" + sha256(blob), blob));
        tar.file("blobs/sha256/" + sha256(config()), config());
        tar.file("blobs/sha256/" + sha256(manifest()), manifest());
        tar.file(
                "index.json", json(Map.of("schemaVersion", 2, "manifests", List.of(descriptor(MANIFEST, manifest())))));
        tar.file("oci-layout", json(Map.of("imageLayoutVersion", "1.0.0")));
        return tar.end();
    }

    /// A docker-archive with images and their names.
    public static byte[] dockerArchive(Map<String, CraftedImage> images) {
        Tar tar = new Tar();
        List<Map<String, Object>> manifest = new ArrayList<>();
        images.forEach((name, image) -> {
            String config = sha256(image.config()) + ".json";
            tar.file(config, image.config());
            List<String> layers = new ArrayList<>();
            for (Layer layer : image.layers()) {
                tar.file(sha256(layer.tar()) + ".tar", layer.tar());
                layers.add(sha256(layer.tar()) + ".tar");
            }
            manifest.add(Map.of("Config", config, "RepoTags", List.of(name), "Layers", layers));
        });
        return tar.file("manifest.json", json(manifest)).end();
    }

    /// The digits of a digest.
    public static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<String> diffDigests() {
        return layers.stream().map(layer -> "sha256:" + sha256(layer.tar())).toList();
    }

    private static Map<String, Object> descriptor(String mediaType, byte[] content) {
        return new HashMap<>(
                Map.of("mediaType", mediaType, "digest", "sha256:" + sha256(content), "size", content.length));
    }

    private static byte[] random(String seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed.hashCode()).nextBytes(bytes);
        return bytes;
    }

    private static byte[] json(Object value) {
        try {
            return JSON.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
