package org.opensuse.containersnap.podman;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/// How podman is run.
///
/// @param program podman, absolute
/// @param stateDirectory holds podman's graph root `snapshots/` and its scratch space `tmp/`
/// @param runDirectory holds podman's run root `storage/` and the sockets; gone at reboot
/// @param idle after which a podman whose daemon died ends by itself; at least a second
/// @param environment in addition to the few variables that podman always gets, such as `https_proxy`
public record PodmanSettings(
        Path program, Path stateDirectory, Path runDirectory, Duration idle, Map<String, String> environment) {
    public PodmanSettings {
        if (!stateDirectory.isAbsolute() || !runDirectory.isAbsolute()) {
            throw new IllegalArgumentException("not absolute: " + stateDirectory + " or " + runDirectory);
        }
        if (idle.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("less than a second: " + idle);
        }
        environment = Map.copyOf(environment);
    }

    /// podman's graph root.
    Path graphRoot() {
        return stateDirectory.resolve("snapshots");
    }

    /// podman's run root.
    Path runRoot() {
        return runDirectory.resolve("storage");
    }

    /// Scratch space, one directory a podman process; on the file system of the images, since it holds whole
    /// layers.
    Path scratch() {
        return stateDirectory.resolve("tmp");
    }

    /// Sockets and process IDs, for root only.
    Path sockets() {
        return runDirectory.resolve("podman");
    }
}
