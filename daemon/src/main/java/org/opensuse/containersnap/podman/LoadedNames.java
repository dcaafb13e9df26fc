package org.opensuse.containersnap.podman;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.snapshot.ImageId;

/// podman's answer to `POST /libpod/images/load`: `{"Names":[…]}` with a name, or `sha256:ID` for an image without
/// one.
final class LoadedNames {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NAMELESS = "sha256:";

    private LoadedNames() {}

    /// The names, in the archive's order; empty when the answer has none.
    static List<String> parse(String answer) throws IOException {
        List<String> names = new ArrayList<>();
        for (JsonNode name : JSON.readTree(answer).path("Names")) {
            names.add(name.asText(""));
        }
        return names;
    }

    /// The ID that stands for a name.
    static Optional<ImageId> id(String name) {
        String hex = name.startsWith(NAMELESS) ? name.substring(NAMELESS.length()) : "";
        return ImageId.isValid(hex) ? Optional.of(new ImageId(hex)) : Optional.empty();
    }
}
