package org.opensuse.containersnap.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// A real dbus-daemon with a socket of its own, on which everything is allowed; needs no root.
public final class PrivateBus implements AutoCloseable {
    private final Path directory;
    private final Process daemon;
    private final String address;

    private PrivateBus(Path directory, Process daemon, String address) {
        this.directory = directory;
        this.daemon = daemon;
        this.address = address;
    }

    public static PrivateBus start() throws IOException {
        Path directory = Files.createTempDirectory("private-bus");
        Path config = directory.resolve("bus.conf");
        Files.writeString(config, """
                <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
                 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
                <busconfig>
                  <listen>unix:path=%s/socket</listen>
                  <auth>EXTERNAL</auth>
                  <policy context="default">
                    <allow own="*"/>
                    <allow send_destination="*" eavesdrop="true"/>
                    <allow receive_sender="*"/>
                  </policy>
                </busconfig>
                """.formatted(directory));
        Process daemon = new ProcessBuilder("dbus-daemon", "--config-file=" + config, "--nofork", "--print-address")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader out = daemon.inputReader();
        String address = out.readLine();
        if (address == null) {
            throw new IOException("dbus-daemon did not start");
        }
        return new PrivateBus(directory, daemon, address);
    }

    public String address() {
        return address;
    }

    @Override
    public void close() throws IOException {
        daemon.destroy();
        // It removes its socket when it ends.
        daemon.onExit().join();
        List<Path> files;
        try (Stream<Path> walk = Files.walk(directory)) {
            files = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }
}
