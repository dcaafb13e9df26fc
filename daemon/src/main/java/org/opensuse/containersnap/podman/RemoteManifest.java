package org.opensuse.containersnap.podman;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What podman's `GET /libpod/manifests/NAME/json` tells of a manifest in a registry.
///
/// The request is meant for manifest lists. A single image of OCI's type is refused (podman 4.3 to 6) with an error
/// that quotes its manifest in full, as Go quotes; one of docker's type comes back with nothing but its type. So
/// the answer is good for a forecast of the bytes to come and must not be relied on.
sealed interface RemoteManifest {
    /// The types of layers that are not compressed, of OCI and of docker.
    Set<String> PLAIN = Set.of(
            "application/vnd.oci.image.layer.v1.tar",
            "application/vnd.oci.image.layer.nondistributable.v1.tar",
            "application/vnd.docker.image.rootfs.diff.tar");

    /// An image's layers.
    ///
    /// @param config the digest of its configuration
    record Single(String config, List<Blob> layers) implements RemoteManifest {
        public Single {
            layers = List.copyOf(layers);
        }
    }

    /// Images for several platforms.
    record Choice(List<Instance> instances) implements RemoteManifest {
        public Choice {
            instances = List.copyOf(instances);
        }

        /// The digest of the first image for this machine, as podman chooses it.
        Optional<String> digestFor(String architecture) {
            return instances.stream()
                    .filter(instance -> instance.os().equals("linux")
                            && instance.architecture().equals(architecture))
                    .map(Instance::digest)
                    .findFirst();
        }
    }

    /// Nothing that helps.
    record Unknown() implements RemoteManifest {}

    /// A layer as the registry has it.
    record Blob(String digest, Content content) {}

    /// One of several images.
    ///
    /// @param architecture in Go's words, such as `amd64`
    record Instance(String digest, String os, String architecture) {}

    /// Reads podman's answer, whatever its HTTP status.
    static RemoteManifest parse(String answer) {
        try {
            JsonNode node = new ObjectMapper().readTree(answer);
            Optional<String> quoted = quotedManifest(node.path("message").asText(""));
            return manifest(quoted.isPresent() ? new ObjectMapper().readTree(quoted.get()) : node);
        } catch (IOException _) {
            return new Unknown();
        }
    }

    /// The name that Go, and so an image's platform, has for a machine of this name in Java.
    static String architecture(String osArch) {
        return switch (osArch) {
            case "aarch64" -> "arm64";
            case "x86_64" -> "amd64";
            default -> osArch;
        };
    }

    private static RemoteManifest manifest(JsonNode node) {
        if (node.path("layers").isArray()) {
            List<Blob> layers = new ArrayList<>();
            for (JsonNode layer : node.path("layers")) {
                layers.add(new Blob(
                        layer.path("digest").asText(""),
                        new Content(
                                layer.path("size").asLong(0),
                                !PLAIN.contains(layer.path("mediaType").asText("")))));
            }
            return new Single(node.path("config").path("digest").asText(""), layers);
        }
        if (node.path("manifests").isArray()) {
            List<Instance> instances = new ArrayList<>();
            for (JsonNode instance : node.path("manifests")) {
                JsonNode platform = instance.path("platform");
                instances.add(new Instance(
                        instance.path("digest").asText(""),
                        platform.path("os").asText(""),
                        platform.path("architecture").asText("")));
            }
            return new Choice(instances);
        }
        return new Unknown();
    }

    /// Reads a manifest itself.
    static RemoteManifest read(byte[] manifest) {
        try {
            return manifest(new ObjectMapper().readTree(manifest));
        } catch (IOException _) {
            return new Unknown();
        }
    }

    private static Optional<String> quotedManifest(String message) {
        String before = "parsing manifest blob \"";
        int start = message.indexOf(before);
        return start < 0 ? Optional.empty() : GoText.unquote(message, start + before.length());
    }
}
