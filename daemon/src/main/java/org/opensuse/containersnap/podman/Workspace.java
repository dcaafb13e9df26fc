package org.opensuse.containersnap.podman;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.opensuse.containersnap.podman.StoreIndex.StoredImage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What one podman process has on disk beside the store: scratch space, a socket, its process ID, and for a
/// transfer a note of what the store held before. All of it is found and removed after a crash.
///
/// @param directory holds the scratch space and the note
/// @param sockets holds the socket and the process ID, under the directory's name
record Workspace(Path directory, Path sockets) {
    private static final Logger log = LoggerFactory.getLogger(Workspace.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PREFIX = "podman-";
    private static final String SOCKET = ".sock";
    private static final String PID = ".pid";
    private static final FileAttribute<Set<PosixFilePermission>> ROOT_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    /// What the store held before a transfer.
    ///
    /// @param layers IDs
    /// @param images IDs
    record Before(Set<String> layers, Set<String> images) {
        Before {
            layers = Set.copyOf(layers);
            images = Set.copyOf(images);
        }

        static Before of(StoreIndex index) {
            return new Before(
                    index.layers().keySet(),
                    index.images().stream()
                            .map(StoredImage::id)
                            .map(Object::toString)
                            .collect(Collectors.toSet()));
        }
    }

    static Workspace create(PodmanSettings settings) throws IOException {
        makeRootOnly(settings.scratch());
        makeRootOnly(settings.sockets());
        Path directory = Files.createTempDirectory(settings.scratch(), PREFIX, ROOT_ONLY);
        Workspace workspace = new Workspace(directory, settings.sockets());
        Files.createDirectory(workspace.scratch(), ROOT_ONLY);
        return workspace;
    }

    /// The workspaces that are on disk.
    static List<Workspace> all(PodmanSettings settings) throws IOException {
        List<Workspace> all = new ArrayList<>();
        for (Path directory : entries(settings.scratch(), PREFIX + "*")) {
            all.add(new Workspace(directory, settings.sockets()));
        }
        for (Path pid : entries(settings.sockets(), PREFIX + "*" + PID)) {
            String name = pid.getFileName().toString();
            Path directory = settings.scratch().resolve(name.substring(0, name.length() - PID.length()));
            if (!Files.exists(directory)) {
                all.add(new Workspace(directory, settings.sockets()));
            }
        }
        return all;
    }

    /// podman's `TMPDIR`, and what it has as `/var/tmp`.
    Path scratch() {
        return directory.resolve("scratch");
    }

    Path socket() {
        return sockets.resolve(directory.getFileName() + SOCKET);
    }

    /// The socket as podman takes it.
    String address() {
        return "unix://" + socket();
    }

    boolean scratchEmpty() {
        try {
            return entries(scratch(), "*").isEmpty();
        } catch (IOException _) {
            return false;
        }
    }

    void writePid(long pid) throws IOException {
        Files.writeString(pidFile(), Long.toString(pid));
    }

    void note(Before before) throws IOException {
        Files.write(noteFile(), JSON.writeValueAsBytes(Map.of("layers", before.layers(), "images", before.images())));
    }

    /// The note; empty when this was no transfer, or its note is not whole, so that it had not begun.
    Optional<Before> noted() {
        try {
            JsonNode note = JSON.readTree(Files.readAllBytes(noteFile()));
            return Optional.of(new Before(texts(note.path("layers")), texts(note.path("images"))));
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    /// Ends the podman that a killed daemon left behind, when it is still the one that was started here.
    void killLeftover() throws IOException {
        Optional<ProcessHandle> podman = pid().flatMap(ProcessHandle::of).filter(this::serves);
        if (podman.isPresent()) {
            log.info(
                    "ends the podman of a daemon that was killed pid={}",
                    podman.get().pid());
            List<ProcessHandle> descendants = podman.get().descendants().toList();
            podman.get().destroyForcibly();
            descendants.forEach(ProcessHandle::destroyForcibly);
            podman.get().onExit().join();
        }
        removeSocket();
    }

    void removeSocket() {
        try {
            Files.deleteIfExists(socket());
            Files.deleteIfExists(pidFile());
        } catch (IOException e) {
            log.warn("can't remove a socket of podman error={}", e.toString());
        }
    }

    /// Removes what is in the scratch space, which may be gigabytes.
    void clearScratch() {
        FileTree.remove(scratch());
    }

    void remove() {
        FileTree.remove(directory);
    }

    private Path pidFile() {
        return sockets.resolve(directory.getFileName() + PID);
    }

    private Path noteFile() {
        return directory.resolve("before.json");
    }

    private Optional<Long> pid() throws IOException {
        try {
            return Optional.of(Long.valueOf(Files.readString(pidFile()).strip()));
        } catch (NoSuchFileException | NumberFormatException _) {
            return Optional.empty();
        }
    }

    private boolean serves(ProcessHandle process) {
        try {
            byte[] commandLine = Files.readAllBytes(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
            return List.of(new String(commandLine, StandardCharsets.UTF_8).split("\0", -1))
                    .contains(address());
        } catch (IOException _) {
            return false;
        }
    }

    private static void makeRootOnly(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory.getParent());
            Files.createDirectories(directory, ROOT_ONLY);
        }
    }

    private static List<Path> entries(Path directory, String glob) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, glob)) {
            stream.forEach(entries::add);
        } catch (NoSuchFileException _) {
            return List.of();
        }
        return entries;
    }

    private static Set<String> texts(JsonNode list) {
        Set<String> texts = new HashSet<>();
        list.forEach(text -> texts.add(text.asText("")));
        return texts;
    }
}
