package org.opensuse.containersnap.podman;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Optional;

/// A line of podman's answer to `POST /images/create`, which is docker's.
///
/// @param event what happened; empty for a line of no interest
/// @param blob the first 12 digits of the blob's digest, in the last line of the image's ID
/// @param current bytes that came, with [Event#DOWNLOADING]
/// @param total bytes of the blob, with [Event#DOWNLOADING]; 0 when the registry didn't say
/// @param error why the pull ended, without which it went well
record PullLine(Optional<Event> event, String blob, long current, long total, Optional<String> error) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// What happens to a blob.
    enum Event {
        /// The store has the layer.
        PRESENT,
        /// A copy has begun; at most six run at once, so the later ones are announced when earlier ones are
        /// complete.
        ANNOUNCED,
        /// About once a second for each blob as long as bytes come, so never for one that comes within a second.
        DOWNLOADING,
        /// The blob is here, and unpacked when all below it are.
        COMPLETE
    }

    /// Reads a line.
    ///
    /// @throws IOException when it is not JSON
    static PullLine parse(String line) throws IOException {
        JsonNode node = JSON.readTree(line);
        Optional<Event> event = event(node.path("status").asText(""));
        JsonNode progress = node.path("progressDetail");
        return new PullLine(
                event,
                node.path("id").asText(""),
                new Content(progress.path("current").asLong(0), true).bytes(),
                new Content(progress.path("total").asLong(0), true).bytes(),
                event.isPresent() ? Optional.empty() : Complaint.find(node));
    }

    private static Optional<Event> event(String status) {
        return switch (status) {
            case "Already exists" -> Optional.of(Event.PRESENT);
            case "Pulling fs layer" -> Optional.of(Event.ANNOUNCED);
            case "Downloading" -> Optional.of(Event.DOWNLOADING);
            case "Download complete" -> Optional.of(Event.COMPLETE);
            default -> Optional.empty();
        };
    }
}
