package org.opensuse.containersnap.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whether the timer's service may use the network, by what busctl prints of NetworkManager's property Metered, which
/// has its enum NMMetered.
class NetworkIsFreeTest {
    private static final String NETWORK_MANAGER = "org.freedesktop.NetworkManager";

    /// The one way to ask by which NetworkManager is not started.
    private static final String QUESTION = "--auto-start=no call " + NETWORK_MANAGER
            + " /org/freedesktop/NetworkManager org.freedesktop.DBus.Properties Get ss " + NETWORK_MANAGER + " Metered";

    @TempDir
    private Path programs;

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "unknown,             echo v u 0,                                          0",
        "metered,             echo v u 1,                                          1",
        "not metered,         echo v u 2,                                          0",
        "guessed metered,     echo v u 3,                                          1",
        "guessed not metered, echo v u 4,                                          0",
        "no NetworkManager,   echo 'Call failed: Name does not exist' >&2; exit 1, 0",
        "no such property,    echo 'Call failed: No such property' >&2; exit 1, 0",
    })
    void itIsUnlessNetworkManagerSaysThatItIsMetered(String what, String answer, int status)
            throws IOException, InterruptedException {
        Path busctl = programs.resolve("busctl");
        Files.writeString(busctl, "#!/bin/sh\necho \"$*\" >\"$0.asked\"\n" + answer + "\n");
        Files.setPosixFilePermissions(busctl, PosixFilePermissions.fromString("rwx------"));
        ProcessBuilder script =
                new ProcessBuilder(Path.of("../systemd/network-is-free").toString()).redirectErrorStream(true);
        script.environment().put("PATH", programs + ":/usr/bin:/bin");

        Process asking = script.start();

        assertThat(asking.inputReader().lines()).hasSize(status);
        assertThat(asking.waitFor()).as(what).isEqualTo(status);
        assertThat(programs.resolve("busctl.asked")).hasContent(QUESTION);
    }
}
