package org.opensuse.containersnap.client.lab;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An image in a registry, or made up for a test and pushed there, by its HTTP API.
///
/// @param name of the repository
/// @param configuration JSON of the image's configuration
/// @param layers JSON of the manifest's layers
public record RegistryImage(String registry, String name, String tag, String configuration, String layers) {
    private static final String CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
    private static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
    private static final String LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";
    private static final Pattern CONFIG = Pattern.compile("\"config\":\\{[^}]*\"digest\":\"([^\"]*)\"");
    private static final Pattern LAYERS = Pattern.compile("\"layers\":(\\[[^\\]]*])");
    private static final Pattern SIZE = Pattern.compile("\"size\":(\\d+)");
    private static final Pattern CREATED = Pattern.compile("\"created\":\"([^\"]*)\"");

    public static RegistryImage withoutLayers(String registry, String name, String tag) {
        return new RegistryImage(
                registry,
                name,
                tag,
                "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}",
                "[]");
    }

    /// An image of one layer, which is what is in a directory.
    public static RegistryImage ofDirectory(String registry, String name, String tag, Path directory)
            throws IOException, InterruptedException {
        RegistryImage empty = withoutLayers(registry, name, tag);
        try (HttpClient http = HttpClient.newHttpClient()) {
            byte[] layer = tar(directory, ".");
            String digest = empty.upload(http, layer);
            return new RegistryImage(
                    registry,
                    name,
                    tag,
                    empty.configuration.replace("\"diff_ids\":[", "\"diff_ids\":[\"" + digest + "\""),
                    "[{\"mediaType\":\"" + LAYER_TYPE + "\",\"digest\":\"" + digest + "\",\"size\":" + layer.length
                            + "}]");
        }
    }

    /// Reads an image that the registry has.
    public static RegistryImage read(String registry, String name, String tag)
            throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            RegistryImage image = new RegistryImage(registry, name, tag, "", "");
            String manifest = send(http, image.request("/manifests/" + tag).header("Accept", MANIFEST_TYPE))
                    .body();
            String configuration = send(http, image.request("/blobs/" + find(CONFIG, manifest)))
                    .body();
            return new RegistryImage(registry, name, tag, configuration, find(LAYERS, manifest));
        }
    }

    /// The same layers in the same repository with another configuration, so another image.
    public RegistryImage changed(String otherTag, String otherConfiguration) {
        return new RegistryImage(registry, name, otherTag, otherConfiguration, layers);
    }

    /// Another image of the same layers, which differs from all others by its tag as a label.
    public RegistryImage sibling(String otherTag) {
        return changed(
                otherTag,
                configuration.replaceFirst("\"Labels\":\\{", "\"Labels\":{\"sibling\":\"" + otherTag + "\","));
    }

    /// The same with another layer at the bottom, which has one file.
    public RegistryImage over(String otherTag, String file, byte[] content) throws IOException, InterruptedException {
        byte[] layer = tar(file, content);
        String digest;
        try (HttpClient http = HttpClient.newHttpClient()) {
            digest = upload(http, layer);
        }
        return new RegistryImage(
                registry,
                name,
                otherTag,
                configuration.replaceFirst("\"diff_ids\":\\[", "\"diff_ids\":[\"" + digest + "\","),
                layers.replaceFirst(
                        "\\[",
                        "[{\"mediaType\":\"" + LAYER_TYPE + "\",\"digest\":\"" + digest + "\",\"size\":" + layer.length
                                + "},"));
    }

    /// The image ID that podman gives it.
    public String id() {
        return sha256(configuration.getBytes(StandardCharsets.UTF_8));
    }

    /// What podman pulls it by.
    public String reference() {
        return registry + "/" + name + ":" + tag;
    }

    /// When it was built, as the configuration says it.
    public String created() {
        return find(CREATED, configuration);
    }

    /// Bytes of the layers as the registry has them, compressed.
    public long layerBytes() {
        return SIZE.matcher(layers)
                .results()
                .mapToLong(size -> Long.parseLong(size.group(1)))
                .sum();
    }

    private String manifest() {
        byte[] config = configuration.getBytes(StandardCharsets.UTF_8);
        return "{\"schemaVersion\":2,\"mediaType\":\"" + MANIFEST_TYPE
                + "\",\"config\":{\"mediaType\":\""
                + CONFIG_TYPE + "\",\"digest\":\"sha256:" + sha256(config) + "\",\"size\":" + config.length
                + "},\"layers\":" + layers + "}";
    }

    /// The digest of its manifest, when it was pushed by this program.
    public String digest() {
        return "sha256:" + sha256(manifest().getBytes(StandardCharsets.UTF_8));
    }

    public RegistryImage push() throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            byte[] config = configuration.getBytes(StandardCharsets.UTF_8);
            upload(http, config);
            send(
                    http,
                    request("/manifests/" + tag)
                            .header("Content-Type", MANIFEST_TYPE)
                            .PUT(BodyPublishers.ofString(manifest())));
        }
        return this;
    }

    /// @return the digest
    private String upload(HttpClient http, byte[] blob) throws IOException, InterruptedException {
        String digest = "sha256:" + sha256(blob);
        HttpResponse<String> upload = send(http, request("/blobs/uploads/").POST(BodyPublishers.noBody()));
        String location = upload.headers().firstValue("Location").orElseThrow();
        send(
                http,
                HttpRequest.newBuilder(URI.create(location + "&digest=" + digest))
                        .header("Content-Type", "application/octet-stream")
                        .PUT(BodyPublishers.ofByteArray(blob)));
        return digest;
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://" + registry + "/v2/" + name + path));
    }

    private static HttpResponse<String> send(HttpClient http, HttpRequest.Builder request)
            throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
        if (response.statusCode() / 100 != 2) {
            throw new IOException(response + " " + response.body());
        }
        return response;
    }

    private static String find(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new IllegalArgumentException("no " + pattern + " in " + text);
        }
        return matcher.group(1);
    }

    /// An archive of one file, by tar(1).
    private static byte[] tar(String file, byte[] content) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("layer");
        try {
            Files.write(directory.resolve(file), content);
            return tar(directory, file);
        } finally {
            Files.deleteIfExists(directory.resolve(file));
            Files.delete(directory);
        }
    }

    private static byte[] tar(Path directory, String what) throws IOException, InterruptedException {
        Process tar = new ProcessBuilder("tar", "-C", directory.toString(), "--owner=0", "--group=0", "-cf", "-", what)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        byte[] archive = tar.getInputStream().readAllBytes();
        if (tar.waitFor() != 0) {
            throw new IOException("tar could not pack " + what);
        }
        return archive;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
