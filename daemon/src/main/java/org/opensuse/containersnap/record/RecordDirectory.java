package org.opensuse.containersnap.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.opensuse.containersnap.journal.Event;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A directory of JSON files, one a record, `<name>.json`.
///
/// A file is written under another name, written back and renamed, so that a reader and a crash find the old or the new
/// one. What has the name of a record and is none is set aside, with a warning, and counts as absent.
final class RecordDirectory {
    private static final Logger log = LoggerFactory.getLogger(RecordDirectory.class);
    private static final String SUFFIX = ".json";
    private static final String UNFINISHED = ".new";

    /// More than any record: a job that loads an archive of thousands of images.
    private static final long LARGEST_BYTES = 1 << 20;

    private static final JsonMapper json = new JsonMapper();

    private final Path directory;
    private final WriteBack writeBack;
    private final SetAside setAside;

    /// Records that are damaged and can't be set aside, so that it is told once.
    private final Set<String> stuck = ConcurrentHashMap.newKeySet();

    RecordDirectory(Path directory, WriteBack writeBack) {
        this.directory = directory;
        this.writeBack = writeBack;
        this.setAside = new SetAside(directory);
    }

    static ObjectNode object() {
        return json.createObjectNode();
    }

    /// Makes of a record what it says.
    @FunctionalInterface
    interface Reading<T> {
        T of(Fields fields) throws DamagedRecord;
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

    <T> Optional<T> read(String name, Reading<T> reading) throws Failure {
        try {
            return Optional.of(reading.of(fields(file(name))));
        } catch (NoSuchFileException | NotDirectoryException _) {
            return Optional.empty();
        } catch (DamagedRecord | IOException _) {
            return readOrSetAside(name, reading);
        }
    }

    /// Under the lock, so that what is set aside is not what somebody has just written.
    private <T> Optional<T> readOrSetAside(String name, Reading<T> reading) throws Failure {
        synchronized (setAside) {
            try {
                return Optional.of(reading.of(fields(file(name))));
            } catch (NoSuchFileException | NotDirectoryException _) {
                return Optional.empty();
            } catch (DamagedRecord e) {
                setAside(name, String.valueOf(e.getMessage()));
                return Optional.empty();
            } catch (IOException e) {
                if (!lost(e)) {
                    throw new StorageFailed("can't read the record " + file(name) + ": " + e, e);
                }
                setAside(name, "it can't be read: " + e.getMessage());
                return Optional.empty();
            }
        }
    }

    void write(String name, ObjectNode node) throws Failure {
        Path unfinished = directory.resolve(name + UNFINISHED);
        makeWay(name);
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectories(directory);
            }
            boolean whole = false;
            try {
                Files.write(unfinished, json.writeValueAsBytes(node));
                writeBack.of(unfinished);
                synchronized (setAside) {
                    Files.move(unfinished, file(name), StandardCopyOption.ATOMIC_MOVE);
                }
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
        makeWay(name);
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
                clear(file);
            }
        } catch (NoSuchFileException | NotDirectoryException _) {
            return;
        } catch (IOException e) {
            throw new StorageFailed("can't clear the records in " + directory + ": " + e, e);
        }
    }

    /// One that stays is in nobody's way.
    private static void clear(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            log.atWarn().addKeyValue(Key.ERROR, e.toString()).log("can't remove half of a record");
        }
    }

    Path path() {
        return directory;
    }

    private static Fields fields(Path file) throws IOException, DamagedRecord {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!found.isRegularFile()) {
            throw new DamagedRecord("it is no file");
        }
        if (found.size() > LARGEST_BYTES) {
            throw new DamagedRecord("it has " + found.size() + " bytes");
        }
        try {
            JsonNode node = json.readTree(Files.readAllBytes(file));
            if (!node.isObject()) {
                throw new DamagedRecord(found.size() == 0 ? "it is empty" : "it is no JSON object");
            }
            return new Fields(node);
        } catch (JsonProcessingException e) {
            throw new DamagedRecord("it is no JSON: " + e.getOriginalMessage());
        }
    }

    /// A file is replaced or removed by its name, a directory is not.
    private void makeWay(String name) {
        synchronized (setAside) {
            if (Files.isDirectory(file(name), LinkOption.NOFOLLOW_LINKS)) {
                setAside(name, "it is no file");
            }
        }
    }

    private void setAside(String name, String why) {
        String damage = "the record " + file(name) + " is damaged: " + why + "; ";
        try {
            String found = damage + "it is " + setAside.move(file(name)) + " now";
            log.atWarn()
                    .addKeyValue(Key.EVENT, Event.RECORD_SET_ASIDE)
                    .addKeyValue(Key.ERROR, found)
                    .log("damaged record");
        } catch (IOException e) {
            if (stuck.add(name)) {
                log.atWarn()
                        .addKeyValue(Key.ERROR, damage + "it can't be set aside: " + e)
                        .log("damaged record");
            }
        }
    }

    private Path file(String name) {
        return directory.resolve(name + SUFFIX);
    }

    /// Whether reading it again will not help, as it would when too many files are open.
    private static boolean lost(IOException error) {
        return error instanceof AccessDeniedException
                || String.valueOf(error.getMessage()).contains("Input/output error");
    }

    /// The JDK tells the reason of a failed write by the C library's words only.
    static boolean full(IOException error) {
        String words = String.valueOf(error.getMessage());
        return words.contains("No space left on device") || words.contains("Disk quota exceeded");
    }
}
