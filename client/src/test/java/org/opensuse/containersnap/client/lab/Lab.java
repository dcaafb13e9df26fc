package org.opensuse.containersnap.client.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A machine of `dev/lab` for a test class: btrfs as `/`, the real bus, polkitd, podman, daemon and client, a registry.
///
/// Registered in a static field there is one machine for all tests of the class, in an instance field a new one for
/// each test. Commands run in it by entering its namespaces. A reboot ends the machine and starts it again from the
/// same disk. Where it can't be had (no root), tests are skipped with a printed reason, and fail when the
/// environment has `CI=true`.
public final class Lab
        implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback, AutoCloseable {
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    private static final long COMMAND_SECONDS = 180;
    private static final long STOP_SECONDS = 30;
    private static final String DISK_SIZE = "8G";

    /// More than the disk, of which only what was written takes room.
    private static final long OUTER_BYTES = 16L << 30;

    /// Mounts the file `$1` on the directory `$2` and goes on with the rest.
    private static final String WITH_MOUNT = "mount -o loop \"$1\" \"$2\"; shift 2; exec \"$@\"";

    private final boolean copied;
    private final String diskSize;
    private final @Nullable DiskCopy copy;
    private Path directory = Path.of("/");
    private @Nullable Process machine;
    private boolean ofOneTest;
    private String pid = "";
    private String registry = "";
    private int copies;

    private Lab(boolean copied, String diskSize, @Nullable DiskCopy copy) {
        this.copied = copied;
        this.diskSize = diskSize;
        this.copy = copy;
    }

    public static Lab machine() {
        return new Lab(false, DISK_SIZE, null);
    }

    /// A machine whose disk can be copied while it runs: the disk is a file on another btrfs.
    public static Lab machineWithDiskToCopy() {
        return new Lab(true, DISK_SIZE, null);
    }

    /// A machine with a disk that is soon full.
    ///
    /// @param size as truncate(1) takes it
    public static Lab machineWithDiskOf(String size) {
        return new Lab(false, size, null);
    }

    /// Starts a machine from a copy of another one's disk, as that one would start after a loss of power.
    static Lab bootedFrom(DiskCopy copy) throws IOException {
        Lab lab = new Lab(false, DISK_SIZE, copy);
        lab.directory = Files.createTempDirectory("lab-test");
        lab.start(true);
        return lab;
    }

    /// How a command ended.
    public record Result(int status, String out, String err) {
        /// Standard output of a command that must have worked.
        public String ok() {
            if (status != 0 || !err.isEmpty()) {
                throw new AssertionError("exit " + status + ", out: " + out + ", err: " + err);
            }
            return out;
        }

        /// Standard output without the newline at its end, of a command that must have worked.
        public String line() {
            return ok().strip();
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        begin(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        if (machine == null) {
            ofOneTest = true;
            begin(context);
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        if (ofOneTest) {
            end();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        end();
    }

    /// Ends a machine that no test class has.
    @Override
    public void close() throws IOException {
        end();
    }

    /// Address of the registry, `127.0.0.1:PORT`.
    public String registry() {
        return registry;
    }

    /// A reference to an image of the registry.
    public String image(String name) {
        return registry + "/" + name;
    }

    /// The client with arguments.
    public Result snap(String... arguments) {
        List<String> command = new ArrayList<>(List.of("container-snap"));
        command.addAll(Arrays.asList(arguments));
        return run(command);
    }

    /// A command, which has no shell around it.
    public Result run(String... command) {
        return run(Arrays.asList(command));
    }

    /// A script for bash, with its arguments as `$1` and so on; `-e` and `pipefail` are set.
    public Result bash(String script, String... arguments) {
        List<String> command = new ArrayList<>(List.of("bash", "-euo", "pipefail", "-c", script, "bash"));
        command.addAll(Arrays.asList(arguments));
        return run(command);
    }

    /// The path in the machine of a file on this side.
    public String inside(Path file) {
        return "/host" + file.toAbsolutePath();
    }

    /// What the bus and the services that it started wrote to standard error.
    public String log() {
        try {
            return Files.readString(directory.resolve("logs/bus.log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The path on this side of a file in the machine.
    public Path outside(String file) {
        return Path.of("/proc", pid, "root" + file);
    }

    /// A directory that goes with the machine.
    public Path scratch() {
        return directory;
    }

    /// A place for a copy of the disk.
    public synchronized DiskCopy placeForCopy() {
        copies++;
        return new DiskCopy(this, inside(disk()) + "." + copies);
    }

    /// The disk's file, as the machine sees it.
    public String diskInside() {
        return inside(disk());
    }

    /// The control group of the machine's processes, a directory on either side.
    public Path controlGroup() {
        try {
            String path = Files.readAllLines(Path.of("/proc", pid, "cgroup")).stream()
                    .filter(line -> line.startsWith("0::/"))
                    .map(line -> line.substring("0::/".length()))
                    .findFirst()
                    .orElseThrow();
            return Path.of(run("findmnt", "-nro", "TARGET", "-t", "cgroup2")
                            .ok()
                            .lines()
                            .filter(mount -> !mount.startsWith("/host/"))
                            .findFirst()
                            .orElseThrow())
                    .resolve(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A command that goes on while the test does.
    public Process start(String... command) {
        return start(Arrays.asList(command));
    }

    /// Ends the machine as a shutdown would and starts it from what is now the default subvolume.
    public void reboot() {
        stop();
        start(true);
    }

    private Result run(List<String> command) {
        Process process = start(command);
        // Not in the common pool, whose few threads would make two machines wait for each other's commands.
        CompletableFuture<String> out =
                CompletableFuture.supplyAsync(() -> read(process.inputReader()), Thread::startVirtualThread);
        CompletableFuture<String> err =
                CompletableFuture.supplyAsync(() -> read(process.errorReader()), Thread::startVirtualThread);
        try (OutputStream none = process.getOutputStream()) {
            none.flush();
            if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " did not end in " + COMMAND_SECONDS + " s; out: " + out.join()
                        + ", err: " + err.join());
            }
            return new Result(process.exitValue(), out.join(), err.join());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private Process start(List<String> command) {
        List<String> entering = new ArrayList<>(List.of("nsenter", "-t", pid, "-m", "-p", "-r", "-w", "--"));
        entering.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(entering);
        builder.environment().keySet().removeIf(name -> !name.equals("PATH"));
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("LAB_REGISTRY", registry);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void begin(ExtensionContext context) throws IOException {
        if (!"root".equals(System.getProperty("user.name"))) {
            String reason = context.getDisplayName() + " needs root for its machine";
            if ("true".equals(System.getenv("CI"))) {
                throw new IllegalStateException(reason);
            }
            System.err.println("skipped: " + reason);
            Assumptions.abort(reason);
        }
        directory = Files.createTempDirectory("lab-test");
        if (copied) {
            makeOuterFileSystem();
        }
        start(false);
    }

    private void end() throws IOException {
        if (machine == null) {
            return;
        }
        stop();
        machine = null;
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private Path disk() {
        if (copy != null) {
            return copy.file();
        }
        return directory.resolve(copied ? "outer/disk" : "disk");
    }

    private void makeOuterFileSystem() throws IOException {
        Files.createDirectory(directory.resolve("outer"));
        try (RandomAccessFile file = new RandomAccessFile(outerFile().toFile(), "rw")) {
            file.setLength(OUTER_BYTES);
        }
        Process made = new ProcessBuilder("mkfs.btrfs", "-q", outerFile().toString())
                .redirectErrorStream(true)
                .start();
        String words = read(made.inputReader());
        if (made.onExit().join().exitValue() != 0) {
            throw new IOException("mkfs.btrfs: " + words);
        }
    }

    /// What a command begins with that is to see the files that `dev/lab` sees.
    List<String> seenByLab() {
        Process running = machine;
        if (running == null) {
            throw new IllegalStateException("the machine does not run");
        }
        return List.of("nsenter", "-t", Long.toString(running.pid()), "-m", "--");
    }

    private Path outerFile() {
        return directory.resolve("outer.btrfs");
    }

    private void start(boolean boot) {
        List<String> command = new ArrayList<>();
        if (copied) {
            // In a namespace of its own the mount goes with the machine, however that ends.
            command.addAll(List.of("unshare", "--mount", "bash", "-euc", WITH_MOUNT, "bash"));
            command.addAll(
                    List.of(outerFile().toString(), directory.resolve("outer").toString()));
        }
        if (copy != null) {
            command.addAll(copy.seen());
        }
        command.addAll(List.of(PROJECT.resolve("dev/lab").toString(), "--disk", disk().toString()));
        if (boot) {
            command.add("--boot");
        }
        command.addAll(List.of("--", "bash", "-c", "echo \"$LAB_REGISTRY\"; exec cat"));
        Path pidFile = directory.resolve("pid");
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("LAB_DISK_SIZE", diskSize);
        builder.environment().put("LAB_PIDFILE", pidFile.toString());
        builder.environment().put("LAB_LOGS", directory.resolve("logs").toString());
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        try {
            Process started = builder.start();
            machine = started;
            String address = started.inputReader().readLine();
            if (address == null) {
                throw new AssertionError("dev/lab did not start");
            }
            registry = address;
            pid = Files.readString(pidFile).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void stop() {
        Process running = machine;
        if (running == null) {
            return;
        }
        try {
            running.getOutputStream().close();
            if (!running.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                running.destroy();
                running.waitFor();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String read(BufferedReader reader) {
        try (reader) {
            StringBuilder text = new StringBuilder();
            char[] buffer = new char[8192];
            int count = reader.read(buffer);
            while (count >= 0) {
                text.append(buffer, 0, count);
                count = reader.read(buffer);
            }
            return text.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
