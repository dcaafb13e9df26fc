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
    private static final Instant NEVER = Instant.parse("0001-01-01T00:00:00Z");

    StoredConfig {
        labels = Map.copyOf(labels);
    }

    static StoredConfig parse(byte[] json) throws IOException {
        JsonNode root = JSON.readTree(json);
        Map<String, String> labels = new HashMap<>();
        root.path("config")
                .path("Labels")
                .properties()
                .forEach(label -> labels.put(label.getKey(), label.getValue().asText("")));
        return new StoredConfig(instant(root.path("created").asText("")), labels);
    }

    private static Optional<Instant> instant(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant()).filter(instant -> !instant.equals(NEVER));
        } catch (DateTimeException _) {
            return Optional.empty();
        }
    }
}
