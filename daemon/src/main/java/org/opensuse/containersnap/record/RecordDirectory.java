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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A directory of JSON files, one a record, `<name>.json`.
///
/// A file is written under another name, written back and renamed, so that a reader and a crash find the old or the new
/// one. One that can't be read counts as absent, with a warning.
final class RecordDirectory {
    private static final Logger log = LoggerFactory.getLogger(RecordDirectory.class);
    private static final String SUFFIX = ".json";
    private static final String UNFINISHED = ".new";
    private static final JsonMapper json = new JsonMapper();

    private final Path directory;
    private final WriteBack writeBack;

    RecordDirectory(Path directory, WriteBack writeBack) {
        this.directory = directory;
        this.writeBack = writeBack;
    }

    static ObjectNode object() {
        return json.createObjectNode();
    }

    /// The text under a key.
    static Optional<String> text(JsonNode node, String key) {
        return Optional.ofNullable(node.path(key).textValue());
    }

    /// The names of all records, whatever they say.
    List<String> names() throws Failure {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                names.add(name.substring(0, name.length() - SUFFIX.length()));
            }
        } catch (NoSuchFileException | NotDirectoryException _) {
            return List.of();
        } catch (IOException e) {
            throw new StorageFailed("can't list the records in " + directory + ": " + e, e);
        }
        return names;
    }

    Optional<JsonNode> read(String name) throws Failure {
        Path file = file(name);
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

    void write(String name, ObjectNode node) throws Failure {
        Path unfinished = directory.resolve(name + UNFINISHED);
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectories(directory);
            }
            boolean whole = false;
            try {
                Files.write(unfinished, json.writeValueAsBytes(node));
                writeBack.of(unfinished);
                Files.move(unfinished, file(name), StandardCopyOption.ATOMIC_MOVE);
                whole = true;
            } finally {
                if (!whole) {
                    Files.deleteIfExists(unfinished);
                }
            }
        } catch (IOException e) {
            throw full(e)
                    ? new NoSpace("write the record " + file(name), e)
                    : new StorageFailed("can't write the record " + file(name) + ": " + e, e);
        }
    }

    void remove(String name) throws Failure {
        try {
            Files.deleteIfExists(file(name));
        } catch (IOException e) {
            throw new StorageFailed("can't remove the record " + file(name) + ": " + e, e);
        }
    }

    /// Removes what a write left that did not come to its end.
    void clear() throws Failure {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + UNFINISHED)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException | NotDirectoryException _) {
            return;
        } catch (IOException e) {
            throw new StorageFailed("can't clear the records in " + directory + ": " + e, e);
        }
    }

    Path path() {
        return directory;
    }

    private Path file(String name) {
        return directory.resolve(name + SUFFIX);
    }

    /// The JDK tells the reason of a failed write by the C library's words only.
    private static boolean full(IOException error) {
        String words = String.valueOf(error.getMessage());
        return words.contains("No space left on device") || words.contains("Disk quota exceeded");
    }
}
