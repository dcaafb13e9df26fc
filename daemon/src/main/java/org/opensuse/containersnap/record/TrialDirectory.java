package org.opensuse.containersnap.record;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.opensuse.containersnap.engine.Records.TrialEvent;
import org.opensuse.containersnap.engine.Records.TrialEvent.Kind;
import org.opensuse.containersnap.engine.Records.TrialRecord;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A directory with a file for each trial, which has the name of the snapshot, and lines that a shell can read and add
/// to:
///
///     snapshot <snapshot ID>
///     back <subvolume ID>
///     tries <how many>
///     seconds <how many>
///
/// and a line for each event after that: `try`, `started`, `failed <what>`, `good`, `back-taken`, `stuck`.
final class TrialDirectory {
    private static final Logger log = LoggerFactory.getLogger(TrialDirectory.class);

    /// More than 100 tries write.
    private static final long LARGEST_BYTES = 1 << 18;

    private static final String UNFINISHED = ".new";

    private static final Pattern HEAD =
            Pattern.compile("snapshot (\\S+)\nback ([1-9]\\d{0,17})\ntries ([1-9]\\d{0,2})\nseconds ([1-9]\\d{0,8})\n");

    private final Path directory;
    private final WriteBack writeBack;

    TrialDirectory(Path directory, WriteBack writeBack) {
        this.directory = directory;
        this.writeBack = writeBack;
    }

    List<TrialRecord> read() throws Failure {
        List<TrialRecord> trials = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                if (SnapshotId.find(file.getFileName().toString()).isPresent()) {
                    read(file).ifPresent(trials::add);
                }
            }
            return trials;
        } catch (NoSuchFileException | NotDirectoryException _) {
            return List.of();
        } catch (IOException e) {
            throw new StorageFailed("can't list the records in " + directory + ": " + e, e);
        }
    }

    private static Optional<TrialRecord> read(Path file) throws Failure {
        try {
            BasicFileAttributes found =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            Optional<TrialRecord> record = found.isRegularFile() && found.size() <= LARGEST_BYTES
                    ? parse(new String(Files.readAllBytes(file), StandardCharsets.UTF_8))
                            .filter(trial -> file.endsWith(trial.snapshot().toString()))
                    : Optional.empty();
            if (record.isEmpty()) {
                log.atWarn()
                        .addKeyValue(Key.ERROR, file + " is no record of a trial")
                        .log("damaged record");
            }
            return record;
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException e) {
            throw new StorageFailed("can't read the record " + file + ": " + e, e);
        }
    }

    private static Optional<TrialRecord> parse(String text) {
        Matcher head = HEAD.matcher(text);
        if (!head.lookingAt()) {
            return Optional.empty();
        }
        List<TrialEvent> events = new ArrayList<>();
        for (String line : text.substring(head.end()).split("\n", -1)) {
            event(line).ifPresent(events::add);
        }
        return SnapshotId.find(head.group(1))
                .map(snapshot -> new TrialRecord(
                        snapshot,
                        Long.parseLong(head.group(2)),
                        Integer.parseInt(head.group(3)),
                        Long.parseLong(head.group(4)),
                        events));
    }

    /// A later version may write others.
    private static Optional<TrialEvent> event(String line) {
        String[] words = line.split(" ", 2);
        return Stream.of(Kind.values())
                .filter(kind -> word(kind).equals(words[0]))
                .map(kind -> new TrialEvent(kind, words.length > 1 ? words[1] : ""))
                .findFirst();
    }

    private static String word(Kind kind) {
        return kind == Kind.BACK ? "back-taken" : kind.name().toLowerCase(Locale.ROOT);
    }

    void write(TrialRecord record) throws Failure {
        StringBuilder text = new StringBuilder("snapshot " + record.snapshot() + "\nback " + record.back() + "\ntries "
                + record.tries() + "\nseconds " + record.seconds() + '\n');
        for (TrialEvent event : record.events()) {
            text.append(word(event.kind()))
                    .append(event.detail().isEmpty() ? "" : " ")
                    .append(event.detail())
                    .append('\n');
        }
        Path file = file(record.snapshot());
        Path unfinished = directory.resolve(record.snapshot() + UNFINISHED);
        try {
            try {
                Files.createDirectories(directory);
                Files.writeString(unfinished, text);
                writeBack.of(unfinished);
                Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(unfinished);
            }
        } catch (IOException e) {
            throw RecordDirectory.full(e)
                    ? new NoSpace("write the record " + file, e)
                    : new StorageFailed("can't write the record " + file + ": " + e, e);
        }
    }

    void remove(SnapshotId snapshot) throws Failure {
        remove(file(snapshot));
    }

    /// Removes what a write left that did not come to its end.
    void clear() throws Failure {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + UNFINISHED)) {
            for (Path file : files) {
                remove(file);
            }
        } catch (NoSuchFileException | NotDirectoryException _) {
            return;
        } catch (IOException e) {
            throw new StorageFailed("can't clear the records in " + directory + ": " + e, e);
        }
    }

    private static void remove(Path path) throws Failure {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new StorageFailed("can't remove the record " + path + ": " + e, e);
        }
    }

    private Path file(SnapshotId snapshot) {
        return directory.resolve(snapshot.toString());
    }
}
