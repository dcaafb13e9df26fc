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
/// @param limits how long it may take
public record PodmanSettings(
        Path program,
        Path stateDirectory,
        Path runDirectory,
        Duration idle,
        Map<String, String> environment,
        Limits limits) {
    public PodmanSettings {
        if (!stateDirectory.isAbsolute() || !runDirectory.isAbsolute()) {
            throw new IllegalArgumentException("not absolute: " + stateDirectory + " or " + runDirectory);
        }
        if (idle.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("less than a second: " + idle);
        }
        environment = Map.copyOf(environment);
    }

    /// With the limits that a real machine needs.
    public PodmanSettings(
            Path program, Path stateDirectory, Path runDirectory, Duration idle, Map<String, String> environment) {
        this(program, stateDirectory, runDirectory, idle, environment, Limits.DEFAULT);
    }

    /// How long podman may take before it is given up. None of them counts while it waits for another podman,
    /// which holds the store's lock as long as it unpacks a layer.
    ///
    /// @param toStart until it answers for the first time; it takes 0.1 s
    /// @param quiet of a podman at work that neither tells nor computes nor writes anything; then it is asked
    ///     whether it is there at all
    /// @param toAnswer that question, which takes it no work
    /// @param silent of one that is there, but has shown nothing for so long: more than a registry needs that
    ///     must fetch a layer itself before it can hand it out
    /// @param toForecast the registry's manifest, for which a pull waits
    public record Limits(Duration toStart, Duration quiet, Duration toAnswer, Duration silent, Duration toForecast) {
        static final Limits DEFAULT = new Limits(
                Duration.ofSeconds(15),
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofMinutes(10),
                Duration.ofSeconds(10));
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
