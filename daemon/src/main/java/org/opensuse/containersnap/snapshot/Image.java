package org.opensuse.containersnap.snapshot;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An image in the store.
///
/// @param digest of its manifest, such as `sha256:0123…`; empty when the store knows none
/// @param names such as `registry.opensuse.org/os:1`, `…/os@sha256:…`; may be empty
/// @param created when it was built, as its configuration says
/// @param sizeBytes of its layers in the store, uncompressed
/// @param labels of its configuration
public record Image(
        ImageId id,
        String digest,
        List<String> names,
        Optional<Instant> created,
        long sizeBytes,
        Map<String, String> labels) {
    private static final String VERSION = "org.opencontainers.image.version";
    private static final int LONGEST_VERSION = 256;

    public Image {
        names = List.copyOf(names);
        labels = Map.copyOf(labels);
    }

    /// What its label says, when it has one.
    public Optional<String> version() {
        return version(labels);
    }

    /// What a label says, fit to be shown: 256 characters of it at most.
    public static Optional<String> version(Map<String, String> labels) {
        return Optional.ofNullable(labels.get(VERSION))
                .map(version -> Quoted.plain(version, LONGEST_VERSION))
                .filter(version -> !version.isEmpty());
    }
}
