package org.opensuse.containersnap.podman;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// An oci-archive of an image whose layers are named but not in it.
///
/// podman takes a layer that its store has from there, by the digest of the uncompressed layer. So loading such an
/// archive makes an image of layers that no image is made of, and deleting that image deletes them: the only way to
/// delete layers that podman offers.
final class SkeletonArchive {
    /// Tells such an image from others when a crash left it behind.
    static final String LABEL = "org.opensuse.containersnap.leftover";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BLOCK = 512;
    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
    private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";

    private SkeletonArchive() {}

    /// Makes one.
    ///
    /// @param diffDigests of the layers, from the bottom up
    static byte[] of(List<String> diffDigests) throws IOException {
        byte[] config = JSON.writeValueAsBytes(Map.of(
                "architecture", RemoteManifest.architecture(System.getProperty("os.arch")),
                "os", "linux",
                "config", Map.of("Labels", Map.of(LABEL, "1")),
                "rootfs", Map.of("type", "layers", "diff_ids", diffDigests)));
        List<Map<String, Object>> layers = diffDigests.stream()
                .map(digest -> Map.<String, Object>of("mediaType", LAYER, "digest", digest, "size", 1))
                .toList();
        byte[] manifest = JSON.writeValueAsBytes(Map.of(
                "schemaVersion", 2, "mediaType", MANIFEST, "config", descriptor(CONFIG, config), "layers", layers));
        byte[] index = JSON.writeValueAsBytes(
                Map.of("schemaVersion", 2, "manifests", List.of(descriptor(MANIFEST, manifest))));
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        file(archive, "oci-layout", JSON.writeValueAsBytes(Map.of("imageLayoutVersion", "1.0.0")));
        file(archive, "index.json", index);
        file(archive, "blobs/sha256/" + sha256(config), config);
        file(archive, "blobs/sha256/" + sha256(manifest), manifest);
        archive.write(new byte[2 * BLOCK]);
        return archive.toByteArray();
    }

    private static Map<String, Object> descriptor(String mediaType, byte[] content) {
        return Map.of("mediaType", mediaType, "digest", "sha256:" + sha256(content), "size", content.length);
    }

    /// A file as POSIX' ustar format has it.
    private static void file(ByteArrayOutputStream archive, String name, byte[] content) throws IOException {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, 100, "0000644\0");
        put(header, 108, "0000000\0");
        put(header, 116, "0000000\0");
        put(header, 124, "%011o\0".formatted(content.length));
        put(header, 136, "%011o\0".formatted(0));
        put(header, 148, "        ");
        put(header, 156, "0");
        put(header, 257, "ustar\00000");
        int sum = 0;
        for (byte b : header) {
            sum += Byte.toUnsignedInt(b);
        }
        put(header, 148, "%06o\0 ".formatted(sum));
        archive.write(header);
        archive.write(Arrays.copyOf(content, (content.length + BLOCK - 1) / BLOCK * BLOCK));
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}
