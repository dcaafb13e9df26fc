package org.opensuse.containersnap.reboot;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.opensuse.containersnap.engine.Reboot;
import org.opensuse.containersnap.process.Command;
import org.opensuse.containersnap.process.Output;
import org.opensuse.containersnap.snapshot.Failure.InvalidConfiguration;
import org.opensuse.containersnap.snapshot.Quoted;
import org.opensuse.containersnap.wire.BusConnection;
import org.opensuse.containersnap.wire.BusError;

/// Has the machine restarted by the method that transactional-update is configured to use, as tukit does.
public final class MachineReboot implements Reboot {
    private static final String SEARCH_PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int MOST_OUTPUT = 1 << 16;
    private static final int LONGEST_WORDS = 300;

    private static final String LOGIND = "org.freedesktop.login1";
    private static final String PATH = "/org/freedesktop/login1";
    private static final String MANAGER = LOGIND + ".Manager";

    /// SD_LOGIND_ROOT_CHECK_INHIBITORS: otherwise root would pass over them.
    private static final long HEED_INHIBITORS = 1;

    private final String busAddress;
    private final Path root;
    private final MethodFiles files;

    /// @param busAddress of the system bus
    /// @param root of the machine
    public MachineReboot(String busAddress, Path root) {
        this.busAddress = busAddress;
        this.root = root;
        this.files = new MethodFiles(root);
    }

    @Override
    public Method method() throws InvalidConfiguration, InterruptedException {
        Optional<Method> configured = files.read();
        if (configured.isPresent()) {
            return configured.get();
        }
        return Files.exists(rebootmgrctl())
                        && run(rebootmgrctl(), "is-active", "--quiet").isEmpty()
                ? Method.REBOOTMGR
                : Method.SYSTEMD;
    }

    @Override
    public Optional<String> ask(Method method) throws InterruptedException {
        return switch (method) {
            case REBOOTMGR -> run(rebootmgrctl(), "reboot");
            case NOTIFY -> run(root.resolve("usr/bin/transactional-update-notifier"), "client");
            case KURED -> raiseFlag(root.resolve("run/reboot-required"));
            case SYSTEMD -> askLogind();
            case NONE -> Optional.empty();
        };
    }

    private Path rebootmgrctl() {
        return root.resolve("usr/sbin/rebootmgrctl");
    }

    private static Optional<String> raiseFlag(Path file) {
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException _) {
            return Optional.empty(); // kured knows already
        } catch (IOException e) {
            return Optional.of("can't write " + file + ": " + e);
        }
        return Optional.empty();
    }

    /// @return why it failed; empty when it did not
    private static Optional<String> run(Path program, String... arguments) throws InterruptedException {
        Command command = new Command(
                program, List.of(arguments), Map.of("PATH", SEARCH_PATH, "LC_ALL", "C.UTF-8"), Path.of("/"));
        try {
            Output output = Output.of(command, PATIENCE, MOST_OUTPUT);
            if (output.status() == 0) {
                return Optional.empty();
            }
            String words = output.error().strip();
            return Optional.of(program + " " + String.join(" ", arguments) + " exited with " + output.status()
                    + (words.isEmpty() ? "" : ": " + Quoted.plain(words, LONGEST_WORDS)));
        } catch (IOException e) {
            return Optional.of(
                    program + " can't be run: " + Quoted.plain(String.valueOf(e.getMessage()), LONGEST_WORDS));
        } catch (TimeoutException _) {
            return Optional.of(program + " does not end within " + PATIENCE.toSeconds() + " s");
        }
    }

    /// logind answers before it asks those who delay it to come to an end. Of those who block it, it passes over the
    /// ones of
    /// the asking user, so here over a package manager's: who blocks is looked at first.
    private Optional<String> askLogind() {
        try (BusConnection connection = BusConnection.connect(busAddress)) {
            Optional<String> blocker = whoBlocks(connection);
            if (blocker.isEmpty()) {
                connection.call(LOGIND, PATH, MANAGER, "RebootWithFlags", "t", List.of(HEED_INHIBITORS));
            }
            return blocker;
        } catch (IOException | BusError e) {
            return Optional.of(refused(e));
        }
    }

    private static String refused(Exception e) {
        return "systemd-logind does not do it: " + Quoted.plain(String.valueOf(e.getMessage()), LONGEST_WORDS);
    }

    /// The first of those who have it blocked.
    private static Optional<String> whoBlocks(BusConnection connection) throws IOException, BusError {
        List<?> inhibitors = (List<?>) connection
                .call(LOGIND, PATH, MANAGER, "ListInhibitors", "", List.of())
                .getFirst();
        for (Object inhibitor : inhibitors) {
            List<?> fields = (List<?>) inhibitor; // what, who, why, mode, user ID, process ID
            boolean shutdown = List.of(fields.get(0).toString().split(":", -1)).contains("shutdown");
            if (shutdown && fields.get(3).toString().startsWith("block")) {
                return Optional.of("it is blocked by "
                        + Quoted.of(fields.get(1).toString()) + ": "
                        + Quoted.plain(fields.get(2).toString(), LONGEST_WORDS));
            }
        }
        return Optional.empty();
    }
}
