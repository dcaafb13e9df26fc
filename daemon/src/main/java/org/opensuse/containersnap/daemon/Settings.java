package org.opensuse.containersnap.daemon;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/// Where the daemon works.
///
/// @param busAddress of the message bus
/// @param root of the machine
/// @param stateDirectory the store; on the file system of `root`
/// @param runDirectory sockets and locks, gone at reboot
/// @param podman the program
/// @param podmanIdle how long podman's service stays without a request
record Settings(
        String busAddress, Path root, Path stateDirectory, Path runDirectory, Path podman, Duration podmanIdle) {
    private static final String SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket";

    /// The settings of a real machine. As every D-Bus program, it takes another system bus from
    /// `DBUS_SYSTEM_BUS_ADDRESS`.
    static Settings of(Map<String, String> environment) {
        return new Settings(
                environment.getOrDefault("DBUS_SYSTEM_BUS_ADDRESS", SYSTEM_BUS),
                Path.of("/"),
                Path.of("/var/lib/container-snap"),
                Path.of("/run/container-snap"),
                Path.of("/usr/bin/podman"),
                Duration.ofMinutes(1));
    }
}
