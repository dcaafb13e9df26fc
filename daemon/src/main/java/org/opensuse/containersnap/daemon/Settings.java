package org.opensuse.containersnap.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.opensuse.containersnap.engine.Retention;
import org.opensuse.containersnap.engine.Trial;

/// Where the daemon works.
///
/// @param busAddress of the message bus
/// @param root of the machine
/// @param stateDirectory the store; on the file system of `root`
/// @param runDirectory sockets and locks, gone at reboot
/// @param podman the program
/// @param skopeo the program
/// @param rebootFlag the file that tells everybody that the machine is to be rebooted
/// @param podmanIdle how long podman's service stays without a request
/// @param proxies the environment variables that tell podman and skopeo how to reach registries
/// @param retention what a prune keeps when nobody says anything else
/// @param hookTimeout how long a hook of deploy may take
/// @param trial of what was switched to
/// @param idleExit after how long without a call or job the daemon ends; empty to stay
record Settings(
        String busAddress,
        Path root,
        Path stateDirectory,
        Path runDirectory,
        Path podman,
        Path skopeo,
        Path rebootFlag,
        Duration podmanIdle,
        Map<String, String> proxies,
        Retention retention,
        Duration hookTimeout,
        Trial.Terms trial,
        Optional<Duration> idleExit) {
    private static final Set<String> PROXIES = Set.of("http_proxy", "https_proxy", "no_proxy");
    private static final String IDLE_EXIT = "CONTAINER_SNAPD_IDLE_EXIT";
    private static final String HOOK_TIMEOUT = "CONTAINER_SNAPD_HOOK_TIMEOUT";
    private static final Duration USUAL_HOOK_TIMEOUT = Duration.ofMinutes(10);
    private static final String TRIAL_TRIES = "CONTAINER_SNAPD_TRIAL_TRIES";
    private static final String TRIAL_TIMEOUT = "CONTAINER_SNAPD_TRIAL_TIMEOUT";
    private static final int MOST_TRIES = 100;
    private static final Duration USUAL_TRIAL_TIMEOUT = Duration.ofMinutes(10);
    private static final String KEEP_LAST = "CONTAINER_SNAPD_PRUNE_KEEP_LAST";
    private static final String KEEP_DAYS = "CONTAINER_SNAPD_PRUNE_KEEP_DAYS";
    private static final String FREE_BYTES = "CONTAINER_SNAPD_PRUNE_FREE_BYTES";
    private static final String SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket";

    /// The settings of a real machine. As every D-Bus program, it takes another system bus from
    /// `DBUS_SYSTEM_BUS_ADDRESS`.
    ///
    /// @throws IOException when a variable holds what it can't
    static Settings of(Map<String, String> environment) throws IOException {
        return new Settings(
                environment.getOrDefault("DBUS_SYSTEM_BUS_ADDRESS", SYSTEM_BUS),
                Path.of("/"),
                Path.of("/var/lib/container-snap"),
                Path.of("/run/container-snap"),
                Path.of("/usr/bin/podman"),
                Path.of("/usr/bin/skopeo"),
                Path.of("/run/reboot-needed"),
                Duration.ofMinutes(1),
                proxies(environment),
                retention(environment),
                seconds(environment, HOOK_TIMEOUT, "for 10 minutes").orElse(USUAL_HOOK_TIMEOUT),
                trial(environment),
                seconds(environment, IDLE_EXIT, "to stay"));
    }

    /// @param otherwise what it means that the variable is empty
    private static Optional<Duration> seconds(Map<String, String> environment, String variable, String otherwise)
            throws IOException {
        String text = environment.getOrDefault(variable, "");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        if (!text.matches("[1-9]\\d{0,8}")) {
            throw new IOException(
                    variable + " is '" + text + "': expected seconds, a whole number from 1, or nothing " + otherwise);
        }
        return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
    }

    private static Trial.Terms trial(Map<String, String> environment) throws IOException {
        long tries = number(environment, TRIAL_TRIES).orElse(3);
        if (tries > MOST_TRIES) {
            throw new IOException(TRIAL_TRIES + " is '" + tries + "': expected at most " + MOST_TRIES);
        }
        return new Trial.Terms(
                (int) tries,
                seconds(environment, TRIAL_TIMEOUT, "for 10 minutes")
                        .orElse(USUAL_TRIAL_TIMEOUT)
                        .toSeconds(),
                Path.of("/run/container-snap-trial/snapshot"));
    }

    private static Retention retention(Map<String, String> environment) throws IOException {
        OptionalLong keepDays = number(environment, KEEP_DAYS);
        if (keepDays.orElse(0) > Retention.MOST_DAYS) {
            throw new IOException(
                    KEEP_DAYS + " is '" + keepDays.getAsLong() + "': expected days, at most " + Retention.MOST_DAYS);
        }
        return new Retention(
                number(environment, KEEP_LAST).orElse(3), keepDays.orElse(7), number(environment, FREE_BYTES));
    }

    private static OptionalLong number(Map<String, String> environment, String variable) throws IOException {
        String text = environment.getOrDefault(variable, "");
        if (text.isEmpty()) {
            return OptionalLong.empty();
        }
        if (!text.matches("\\d{1,18}")) {
            throw new IOException(variable + " is '" + text + "': expected a whole number");
        }
        return OptionalLong.of(Long.parseLong(text));
    }

    private static Map<String, String> proxies(Map<String, String> environment) {
        return environment.entrySet().stream()
                .filter(entry -> PROXIES.contains(entry.getKey().toLowerCase(Locale.ROOT)))
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
