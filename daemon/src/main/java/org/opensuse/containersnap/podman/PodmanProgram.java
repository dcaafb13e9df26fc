package org.opensuse.containersnap.podman;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.opensuse.containersnap.process.Command;
import org.opensuse.containersnap.process.RunningCommand;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.ImageId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How podman is started as a service.
final class PodmanProgram {
    private static final Logger log = LoggerFactory.getLogger(PodmanProgram.class);
    private static final Duration TO_STOP = Duration.ofSeconds(1);

    /// Where podman 4.3 unpacks an oci-archive to read its index, whatever `TMPDIR` says.
    private static final Path TEMPORARY = Path.of("/var/tmp");

    private static final Pattern CONFIG = Pattern.compile("Copying config sha256:([0-9a-f]{64})");

    private PodmanProgram() {}

    /// Starts it.
    ///
    /// @param brought gets the images whose configuration podman reads, as it prints
    static RunningCommand launch(PodmanSettings settings, Path storageConf, Workspace workspace, Set<ImageId> brought)
            throws Failure {
        if (!Files.isExecutable(settings.program())) {
            throw new StorageFailed("podman is not installed: there is no " + settings.program(), null);
        }
        Map<String, String> environment = new HashMap<>(Map.of(
                "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME", "/root",
                "LC_ALL", "C.UTF-8",
                "TMPDIR", workspace.scratch().toString(),
                "CONTAINERS_STORAGE_CONF", storageConf.toString()));
        environment.putAll(settings.environment());
        List<String> arguments = List.of(
                "--root",
                settings.graphRoot().toString(),
                "--runroot",
                settings.runRoot().toString(),
                "--storage-driver",
                "btrfs",
                "system",
                "service",
                "--time",
                Long.toString(settings.idle().toSeconds()),
                workspace.address());
        Command command = new Command(
                settings.program(), arguments, environment, Path.of("/"), Map.of(TEMPORARY, workspace.scratch()));
        try {
            return RunningCommand.start(command, TO_STOP, line -> note(line, workspace, brought));
        } catch (IOException e) {
            throw new StorageFailed("can't start podman: " + e.getMessage(), e);
        }
    }

    private static void note(String line, Workspace workspace, Set<ImageId> brought) {
        Matcher config = CONFIG.matcher(line);
        if (config.find() && brought.add(new ImageId(config.group(1)))) {
            try {
                workspace.noteBrought(new ImageId(config.group(1)));
            } catch (IOException e) {
                log.warn(
                        "can't write down what podman brings, which is needed when this is killed error={}",
                        e.toString());
            }
        }
    }
}
