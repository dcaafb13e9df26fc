package org.opensuse.containersnap.record;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.opensuse.containersnap.engine.Records;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// [Records] as JSON files below a directory: `snapshots/<snapshot ID>.json`, `images/<image ID>.json` and
/// `snapshots-of-original/<snapshot ID>.json`.
///
/// A file is written under another name, written back and renamed, so that a reader and a crash find the old or the new
/// one.
/// A file that can't be read counts as absent, with a warning: the disk is the truth, the record only adds to it.
public final class JsonRecords implements Records {
    private static final Logger log = LoggerFactory.getLogger(JsonRecords.class);
    private static final String SUFFIX = ".json";
    private static final String UNFINISHED = ".new";
    private static final JsonMapper json = new JsonMapper();

    private final Path images;
    private final Path snapshots;
    private final Path ofOriginal;
    private final WriteBack writeBack;

    /// The records below a directory.
    ///
    /// @param writeBack has to put a file's data where the next commit of the file system makes it durable
    public JsonRecords(Path directory, WriteBack writeBack) {
        this.writeBack = writeBack;
        images = directory.resolve("images");
        snapshots = directory.resolve("snapshots");
        ofOriginal = directory.resolve("snapshots-of-original");
    }

    /// Puts a file's data where the next commit of the file system makes it durable.
    @FunctionalInterface
    public interface WriteBack {
        void of(Path file) throws Failure;
    }

    @Override
    public Optional<ImageRecord> image(ImageId id) throws Failure {
        return read(images.resolve(id + SUFFIX))
                .map(node -> new ImageRecord(
                        id,
                        text(node, "origin"),
                        node.path("root_taken").asBoolean(),
                        node.path("last_work").asLong()));
    }

    @Override
    public void write(ImageRecord image) throws Failure {
        ObjectNode node = json.createObjectNode();
        image.origin().ifPresent(origin -> node.put("origin", origin));
        node.put("root_taken", image.rootTaken());
        node.put("last_work", image.lastWork());
        write(images, image.id().toString(), node);
    }

    @Override
    public Set<SnapshotId> snapshots() throws Failure {
        return idsIn(snapshots);
    }

    @Override
    public Optional<SnapshotRecord> snapshot(SnapshotId id) throws Failure {
        return read(snapshots.resolve(id + SUFFIX))
                .map(node ->
                        new SnapshotRecord(id, text(node, "base").flatMap(SnapshotId::find), text(node, "origin")));
    }

    @Override
    public void write(SnapshotRecord snapshot) throws Failure {
        ObjectNode node = json.createObjectNode();
        snapshot.base().ifPresent(base -> node.put("base", base.toString()));
        snapshot.origin().ifPresent(origin -> node.put("origin", origin));
        write(snapshots, snapshot.id().toString(), node);
    }

    @Override
    public void remove(SnapshotId id) throws Failure {
        try {
            Files.deleteIfExists(snapshots.resolve(id + SUFFIX));
            Files.deleteIfExists(ofOriginal.resolve(id + SUFFIX));
        } catch (IOException e) {
            throw new StorageFailed("can't remove the record of " + id + ": " + e, e);
        }
    }

    @Override
    public Map<SnapshotId, Path> snapshotsOfOriginal() throws Failure {
        Map<SnapshotId, Path> found = new LinkedHashMap<>();
        for (SnapshotId id : idsIn(ofOriginal)) {
            read(ofOriginal.resolve(id + SUFFIX))
                    .flatMap(node -> text(node, "root"))
                    .filter(root -> root.startsWith("/") && root.indexOf('\0') < 0)
                    .ifPresent(root -> found.put(id, Path.of(root)));
        }
        return found;
    }

    @Override
    public void writeSnapshotOfOriginal(SnapshotId id, Path root) throws Failure {
        write(ofOriginal, id.toString(), json.createObjectNode().put("root", root.toString()));
    }

    private static Set<SnapshotId> idsIn(Path directory) throws Failure {
        Set<SnapshotId> ids = new LinkedHashSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                SnapshotId.find(name.substring(0, name.length() - SUFFIX.length()))
                        .ifPresent(ids::add);
            }
        } catch (NoSuchFileException | NotDirectoryException _) {
            return Set.of();
        } catch (IOException e) {
            throw new StorageFailed("can't list the records in " + directory + ": " + e, e);
        }
        return ids;
    }

    private static Optional<String> text(JsonNode node, String key) {
        return Optional.ofNullable(node.path(key).textValue());
    }

    private static Optional<JsonNode> read(Path file) throws Failure {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException e) {
            throw new StorageFailed("can't read the record " + file + ": " + e, e);
        }
        try {
            JsonNode node = json.readTree(bytes);
            if (node.isObject()) {
                return Optional.of(node);
            }
            log.warn("ignoring a damaged record file={}", file);
        } catch (IOException e) {
            log.warn("ignoring a damaged record file={} reason={}", file, e.getMessage());
        }
        return Optional.empty();
    }

    private void write(Path directory, String name, ObjectNode node) throws Failure {
        Path file = directory.resolve(name + SUFFIX);
        Path unfinished = directory.resolve(name + UNFINISHED);
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectories(directory);
            }
            Files.write(unfinished, json.writeValueAsBytes(node));
            writeBack.of(unfinished);
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw full(e)
                    ? new NoSpace("write the record " + file, e)
                    : new StorageFailed("can't write the record " + file + ": " + e, e);
        }
    }

    /// The JDK tells the reason of a failed write by the C library's words only.
    private static boolean full(IOException error) {
        String words = String.valueOf(error.getMessage());
        return words.contains("No space left on device") || words.contains("Disk quota exceeded");
    }
}
