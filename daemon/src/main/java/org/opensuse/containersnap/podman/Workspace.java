package org.opensuse.containersnap.podman;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.opensuse.containersnap.podman.StoreIndex.StoredImage;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.ImageId;
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

    /// More than any: a note of a store with a hundred thousand layers.
    private static final long LARGEST_NOTE = 8 << 20;

    private static final FileAttribute<Set<PosixFilePermission>> ROOT_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    /// What the store held before a transfer, or shall hold after a removal: other layers of no image are
    /// leftovers when podman did not come to its end.
    ///
    /// @param layers IDs
    /// @param images IDs
    /// @param name that an image will have which comes, when that is known
    record Before(Set<String> layers, Set<String> images, Optional<String> name) {
        Before {
            layers = Set.copyOf(layers);
            images = Set.copyOf(images);
        }

        static Before of(StoreIndex index) {
            return of(index, Optional.empty());
        }

        static Before of(StoreIndex index, Optional<String> name) {
            return new Before(index.layers().keySet(), imagesOf(index), name);
        }

        /// As if an image had not been there, so that what is left of it is taken for what a broken transfer left.
        static Before without(StoreIndex index, StoredImage image) {
            Set<String> layers = new HashSet<>(index.layers().keySet());
            index.layersOnlyOf(image).forEach(layer -> layers.remove(layer.id()));
            Set<String> images = imagesOf(index);
            images.remove(image.id().hex());
            return new Before(layers, images, Optional.empty());
        }

        private static Set<String> imagesOf(StoreIndex index) {
            return index.images().stream()
                    .map(image -> image.id().hex())
                    .collect(Collectors.toCollection(HashSet::new));
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
        for (Path socket : entries(settings.sockets(), PREFIX + "*" + SOCKET)) {
            String name = socket.getFileName().toString();
            Path directory = settings.scratch().resolve(name.substring(0, name.length() - SOCKET.length()));
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

    /// The bytes of layers in the scratch space, compressed as they came.
    long receivedBytes() {
        long bytes = 0;
        try (DirectoryStream<Path> downloads = Files.newDirectoryStream(scratch(), "storage*")) {
            for (Path download : downloads) {
                bytes += sizeOfFiles(download);
            }
        } catch (IOException | UncheckedIOException _) {
            return bytes; // podman is taking it away
        }
        return bytes;
    }

    /// The bytes that are free for the scratch space.
    long freeBytes() throws Failure {
        if (!Files.isDirectory(scratch())) {
            throw new StorageFailed("can't look for free space: there is no " + scratch(), null);
        }
        return scratch().toFile().getUsableSpace();
    }

    Path storageConf() {
        return directory.resolve("storage.conf");
    }

    /// Writes the note, durable on return: what podman leaves may be durable any moment after.
    void note(Before before) throws IOException {
        ObjectNode note = JSON.createObjectNode();
        before.layers().forEach(note.putArray("layers")::add);
        before.images().forEach(note.putArray("images")::add);
        before.name().ifPresent(name -> note.put("name", name));
        append(noteFile(), JSON.writeValueAsBytes(note));
    }

    /// Writes the note, or leaves nothing.
    void noteOrRemove(Before before) throws Failure {
        try {
            note(before);
        } catch (IOException e) {
            remove();
            throw failed(e);
        }
    }

    /// Notes an image that podman has to do with, durable on return.
    void noteBrought(ImageId id) throws IOException {
        note(broughtFile(), id);
    }

    /// Notes images that were deleted, durable on return. One that a transfer which runs brings again is new.
    void noteDeleted(Set<ImageId> ids) throws Failure {
        try {
            for (ImageId id : ids) {
                note(deletedFile(), id);
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static void note(Path file, ImageId id) throws IOException {
        append(file, (id.hex() + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private static void append(Path file, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            channel.write(ByteBuffer.wrap(bytes));
            channel.force(true);
        }
    }

    /// The images that podman had to do with.
    Set<ImageId> brought() throws StorageFailed {
        return ids(broughtFile());
    }

    /// The images that were deleted.
    Set<ImageId> deleted() throws StorageFailed {
        return ids(deletedFile());
    }

    private static Set<ImageId> ids(Path file) throws StorageFailed {
        try {
            return new String(read(file), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(ImageId::isValid)
                    .map(ImageId::new)
                    .collect(Collectors.toSet());
        } catch (NoSuchFileException _) {
            return Set.of();
        } catch (IOException e) {
            throw new StorageFailed("can't read " + file + ": " + e.getMessage(), e);
        }
    }

    static Failure failed(IOException e) {
        if (Complaint.noSpace(String.valueOf(e.getMessage()))) {
            return new NoSpace("run podman", e);
        }
        return new StorageFailed("can't make room for podman: " + e, e);
    }

    /// The note; empty when this was no transfer, or its note is not whole, so that it had not begun.
    Optional<Before> noted() {
        try {
            JsonNode note = JSON.readTree(read(noteFile()));
            if (!note.path("layers").isArray() || !note.path("images").isArray()) {
                return Optional.empty();
            }
            return Optional.of(new Before(
                    texts(note.path("layers")),
                    texts(note.path("images")),
                    Optional.ofNullable(note.path("name").textValue())));
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    /// Ends the podman that a killed daemon left behind, when it is still the one that was started here.
    void killLeftover() throws IOException {
        for (ProcessHandle podman :
                ProcessHandle.allProcesses().filter(this::serves).toList()) {
            log.info("ends the podman of a daemon that was killed pid={}", podman.pid());
            List<ProcessHandle> descendants = podman.descendants().toList();
            podman.destroyForcibly();
            descendants.forEach(ProcessHandle::destroyForcibly);
            podman.onExit().join();
        }
        removeSocket();
    }

    void removeSocket() {
        try {
            Files.deleteIfExists(socket());
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

    private static byte[] read(Path file) throws IOException {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!found.isRegularFile() || found.size() > LARGEST_NOTE) {
            throw new IOException(file + " is no note");
        }
        return Files.readAllBytes(file);
    }

    private static long sizeOfFiles(Path directory) throws IOException {
        long bytes = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    private Path broughtFile() {
        return directory.resolve("brought");
    }

    private Path deletedFile() {
        return directory.resolve("deleted");
    }

    private Path noteFile() {
        return directory.resolve("before.json");
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
