package org.opensuse.containersnap.podman;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// What an image's configuration says about it: the OCI image specification's `config`.
///
/// @param created when it was built; empty when it doesn't say, or says the year 1, which Go writes for nothing
record StoredConfig(Optional<Instant> created, Map<String, String> labels) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_LABEL_CHARACTERS = 16 << 10;
    private static final Instant NEVER = Instant.parse("0001-01-01T00:00:00Z");

    StoredConfig {
        labels = Map.copyOf(labels);
    }

    static StoredConfig parse(byte[] json) throws IOException {
        JsonNode root = JSON.readTree(json);
        return new StoredConfig(
                instant(root.path("created").asText("")),
                labels(root.path("config").path("Labels")));
    }

    /// As many as are harmless: everybody who lists images gets all labels of all images.
    private static Map<String, String> labels(JsonNode node) {
        Map<String, String> labels = new HashMap<>();
        int room = MOST_LABEL_CHARACTERS;
        for (Map.Entry<String, JsonNode> label : node.properties()) {
            String value = label.getValue().asText("");
            int size = label.getKey().length() + value.length();
            if (size <= room) {
                labels.put(label.getKey(), value);
                room -= size;
            }
        }
        return labels;
    }

    private static Optional<Instant> instant(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant()).filter(instant -> !instant.equals(NEVER));
        } catch (DateTimeException _) {
            return Optional.empty();
        }
    }
}
