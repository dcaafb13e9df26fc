package org.opensuse.containersnap.client.lab;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// An image made up for a test and pushed to a registry by its HTTP API.
///
/// @param name of the repository
/// @param configuration JSON of the image's configuration
/// @param layers JSON of the manifest's layers
public record RegistryImage(String registry, String name, String tag, String configuration, String layers) {
    private static final String CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
    private static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

    public static RegistryImage withoutLayers(String registry, String name, String tag) {
        return new RegistryImage(
                registry,
                name,
                tag,
                "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}",
                "[]");
    }

    public void push() throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            byte[] config = configuration.getBytes(StandardCharsets.UTF_8);
            String digest = "sha256:" + sha256(config);
            HttpResponse<String> upload = send(http, request("/blobs/uploads/").POST(BodyPublishers.noBody()));
            String location = upload.headers().firstValue("Location").orElseThrow();
            send(
                    http,
                    HttpRequest.newBuilder(URI.create(location + "&digest=" + digest))
                            .header("Content-Type", "application/octet-stream")
                            .PUT(BodyPublishers.ofByteArray(config)));
            String manifest = "{\"schemaVersion\":2,\"mediaType\":\"" + MANIFEST_TYPE
                    + "\",\"config\":{\"mediaType\":\""
                    + CONFIG_TYPE + "\",\"digest\":\"" + digest + "\",\"size\":" + config.length + "},\"layers\":"
                    + layers + "}";
            send(
                    http,
                    request("/manifests/" + tag)
                            .header("Content-Type", MANIFEST_TYPE)
                            .PUT(BodyPublishers.ofString(manifest)));
        }
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

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
