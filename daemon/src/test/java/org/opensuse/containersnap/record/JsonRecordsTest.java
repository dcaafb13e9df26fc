package org.opensuse.containersnap.record;

import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.engine.Chooser;
import org.opensuse.containersnap.engine.Records.CheckRecord;
import org.opensuse.containersnap.engine.Records.Coming;
import org.opensuse.containersnap.engine.Records.Decision;
import org.opensuse.containersnap.engine.Records.ImageRecord;
import org.opensuse.containersnap.engine.Records.Intent;
import org.opensuse.containersnap.engine.Records.RollbackRecord;
import org.opensuse.containersnap.engine.Records.SnapshotRecord;
import org.opensuse.containersnap.engine.Records.TrialEvent;
import org.opensuse.containersnap.engine.Records.TrialEvent.Kind;
import org.opensuse.containersnap.engine.Records.TrialRecord;
import org.opensuse.containersnap.engine.Records.Unsettled;
import org.opensuse.containersnap.engine.Subvolumes.Identity;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;
import org.opensuse.containersnap.snapshot.SnapshotId;

class JsonRecordsTest {
    private static final ImageId IMAGE = new ImageId("ab".repeat(32));
    private static final SnapshotId SNAPSHOT = SnapshotId.of(IMAGE);
    private static final SnapshotId WORK = new SnapshotId(IMAGE, 7);

    @TempDir
    private Path directory;

    private JsonRecords records;

    @BeforeEach
    void open() {
        records = new JsonRecords(directory, _ -> {});
    }

    @Test
    void whatIsWrittenIsRead() throws Failure {
        ImageRecord image = new ImageRecord(IMAGE, Optional.of("docker://a.b/c:1"), Optional.of("2"), true, 41, true);
        SnapshotRecord snapshot =
                new SnapshotRecord(WORK, Optional.of(SnapshotId.of(IMAGE)), Optional.of("docker://a.b/c:1"), true);
        records.write(image);
        records.write(snapshot);
        records.writeSnapshotOfOriginal(WORK, Path.of("/some/where"));

        JsonRecords another = new JsonRecords(directory, _ -> {});
        assertThat(another.image(IMAGE)).contains(image);
        assertThat(another.snapshot(WORK)).contains(snapshot);
        assertThat(another.snapshots()).containsExactly(WORK);
        assertThat(another.snapshotsOfOriginal()).containsOnly(Map.entry(WORK, Path.of("/some/where")));
    }

    @Test
    void whatARegistryToldIsReadAsItWasWritten() throws Failure, IOException {
        ImageReference reference = new ImageReference("a.b/c", ":1");
        Instant asked = Instant.parse("2026-11-23T12:00:00.123456789Z");
        for (CheckRecord record : List.of(
                new CheckRecord(reference, "sha256:01", IMAGE, Optional.empty(), Optional.empty(), 0, asked),
                new CheckRecord(
                        reference,
                        "sha256:01",
                        IMAGE,
                        Optional.of("1.2"),
                        Optional.of(Instant.EPOCH),
                        1L << 61,
                        asked))) {
            records.write(record);
            assertThat(new JsonRecords(directory, _ -> {}).check()).contains(record);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"reference\":\"docker://a.b/c:1\"|\"reference\":\"not one\"",
                "\"digest\":|\"dig\":",
                "\"image\":\"ab|\"image\":\"",
                "\"download_bytes\":5|\"download_bytes\":-5",
                "\"version\":\"1.2\"|\"version\":7",
                "\"created\":\"1970|\"created\":\"x",
                "\"asked\":\"1970|\"asked\":\"1969",
                "\"asked\":\"1970|\"asked\":\"+99999",
                "\"asked\":|\"task\":"
            })
    void aDamagedAnswerOfARegistryCountsAsNone(String change) throws Failure, IOException {
        records.write(new CheckRecord(
                new ImageReference("a.b/c", ":1"),
                "sha256:01",
                IMAGE,
                Optional.of("1.2"),
                Optional.of(Instant.EPOCH),
                5,
                Instant.EPOCH));
        Path file = directory.resolve("check/answer.json");
        String text = Files.readString(file);
        String[] parts = change.split("\\|", -1);
        assertThat(text).contains(parts[0]);
        Files.writeString(file, text.replace(parts[0], parts[1]));

        assertThat(records.check()).isEmpty();
        assertThat(file).doesNotExist();
    }

    @Test
    void whereARollbackGoesIsReadAsItWasWritten() throws Failure, IOException {
        Identity installed = new Identity(257, "@", new UUID(1, 2));
        RollbackRecord top = new RollbackRecord(
                new Identity(5, "", new UUID(0, 0)),
                Optional.of(new Decision(Chooser.AUTOMATIC_UPDATE, 301, Instant.EPOCH)),
                Optional.empty());
        for (Optional<Unsettled> unsettled : List.of(
                Optional.<Unsettled>empty(),
                Optional.of(new Unsettled(300, Optional.empty(), Optional.of(IMAGE), Optional.empty())),
                Optional.of(new Unsettled(300, Optional.of(top), Optional.empty(), Optional.of(IMAGE))))) {
            for (Chooser chooser : Chooser.values()) {
                RollbackRecord record = new RollbackRecord(
                        installed, Optional.of(new Decision(chooser, 300, Instant.ofEpochSecond(7, 8))), unsettled);
                records.write(record);
                assertThat(records.rollback()).contains(record);
            }
        }
        String whole = "{\"id\":1,\"path\":\"@\",\"uuid\":\"00000000-0000-0000-0000-000000000000\"}";
        Files.writeString(directory.resolve("rollback/target.json"), whole);
        assertThat(records.rollback()).isPresent();
        for (String damage : List.of(
                "{}",
                "{\"id\":1,\"path\":\"@\"}",
                "{\"id\":1,\"path\":\"@\",\"uuid\":\"x\"}",
                whole.replace(
                        "}", ",\"decision\":{\"by\":\"nobody\",\"subvolume\":1,\"when\":\"1970-01-01T00:00:00Z\"}}"),
                whole.replace(
                        "}",
                        ",\"decision\":{\"by\":\"switch\",\"subvolume\":1,\"when\":\"9999999-01-01T00:00:00Z\"}}"))) {
            Files.writeString(directory.resolve("rollback/target.json"), damage);
            assertThat(records.rollback()).as(damage).isEmpty();
        }
        records.write(new RollbackRecord(installed, Optional.empty(), Optional.empty()));
        records.removeRollback();
        assertThat(records.rollback()).isEmpty();
    }

    @Test
    void aTrialIsReadAsItWasWrittenWithWhatAShellAdded() throws Failure, IOException {
        TrialRecord begun = new TrialRecord(SNAPSHOT, 256, 3, 600, List.of());
        records.write(begun);
        Path file = directory.resolve("trials/" + SNAPSHOT);
        assertThat(file).hasContent("snapshot " + SNAPSHOT + "\nback 256\ntries 3\nseconds 600\n");

        Files.writeString(file, "try\nstarted\nfailed the check x: no\nof a later version\nback-ta", APPEND);
        TrialRecord written = new TrialRecord(
                SNAPSHOT,
                256,
                3,
                600,
                List.of(
                        new TrialEvent(Kind.TRY, ""),
                        new TrialEvent(Kind.STARTED, ""),
                        new TrialEvent(Kind.FAILED, "the check x: no")));
        assertThat(records.trials()).containsExactly(written);
        records.write(written);
        assertThat(records.trials()).containsExactly(written);
        records.removeTrial(SNAPSHOT);
        assertThat(records.trials()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "snapshot ID\nback 256\ntries 3\n",
                "snapshot ID\nback 0\ntries 3\nseconds 600\n",
                "snapshot ID\nback 256\ntries 1000\nseconds 600\n",
                "snapshot ID\nback 256\ntries 3\nseconds -1\n",
                "snapshot ID-work1\nback 256\ntries 3\nseconds 600\n"
            })
    void aTrialThatIsDamagedIsNone(String damage) throws Failure, IOException {
        Files.createDirectories(directory.resolve("trials"));
        Files.writeString(directory.resolve("trials/" + SNAPSHOT), damage.replace("ID", SNAPSHOT.toString()));

        assertThat(records.trials()).isEmpty();
    }

    @Test
    void whatIsLeftIsKnownUntilItIsTaken() throws Failure {
        records.writeLeft(IMAGE);
        assertThat(records.left()).containsExactly(IMAGE);
        records.removeLeft(IMAGE);
        assertThat(records.left()).isEmpty();
    }

    @Test
    void halvesOfRecordsAreCleared() throws Failure, IOException {
        Path half = Files.createDirectories(directory.resolve("images")).resolve(IMAGE + ".new");
        Files.writeString(half, "{");
        records.clear();

        assertThat(half).doesNotExist();
        assertThat(records.images()).isEmpty();
    }

    @Test
    void whatIsToBeDoneIsReadUntilItIsDone() throws Failure {
        ImageRecord before = new ImageRecord(IMAGE, Optional.of("docker://a.b/c:1"), Optional.empty(), false, 3, false);
        ImageId other = new ImageId("cd".repeat(32));
        Intent intent = new Intent(
                "x",
                "oci-archive:/a",
                List.of(new Coming(IMAGE, false, Optional.of(before)), new Coming(other, true, Optional.empty())),
                false);
        records.write(intent);

        assertThat(records.intents()).containsExactly(intent);
        assertThat(records.uses(other)).isTrue();
        records.write(new Intent(intent.id(), intent.origin(), intent.images(), true));
        assertThat(records.uses(other)).isFalse();
        records.remove(intent);
        assertThat(records.intents()).isEmpty();
    }

    @Test
    void aRecordThatIsTakenBackIsGone() throws Failure {
        records.write(new ImageRecord(IMAGE, Optional.empty(), Optional.empty(), false, 1, false));
        assertThat(records.images()).containsExactly(IMAGE);
        records.remove(IMAGE);

        assertThat(records.images()).isEmpty();
        assertThat(records.image(IMAGE)).isEmpty();
    }

    @Test
    void anEmptyRecordIsRead() throws Failure {
        SnapshotRecord bare = new SnapshotRecord(WORK, Optional.empty(), Optional.empty(), false);
        records.write(bare);

        assertThat(records.snapshot(WORK)).contains(bare);
    }

    @Test
    void aLaterWriteReplacesTheEarlier() throws Failure, IOException {
        records.write(new ImageRecord(IMAGE, Optional.empty(), Optional.empty(), false, 1, false));
        records.write(new ImageRecord(IMAGE, Optional.empty(), Optional.empty(), true, 2, false));

        assertThat(records.image(IMAGE).orElseThrow().lastWork()).isEqualTo(2);
        try (Stream<Path> files = Files.list(directory.resolve("images"))) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void aRemovedRecordIsGoneAndRemovingItAgainIsNoError() throws Failure {
        records.write(new SnapshotRecord(WORK, Optional.empty(), Optional.empty(), false));
        records.writeSnapshotOfOriginal(WORK, Path.of("/some/where"));
        records.remove(WORK);
        records.remove(WORK);

        assertThat(records.snapshot(WORK)).isEmpty();
        assertThat(records.snapshotsOfOriginal()).isEmpty();
        assertThat(records.snapshots()).isEmpty();
    }

    @Test
    void nothingIsThereBeforeTheFirstWrite() throws Failure {
        assertThat(records.snapshots()).isEmpty();
        assertThat(records.image(IMAGE)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "null",
                "\"x\"",
                "\u0000\u0000\u0000",
                "{\"base\":1}",
                "{\"base\":\"x\"}",
                "{\"origin\":[]}"
            })
    void aDamagedRecordIsSetAsideAndCountsAsAbsent(String content) throws Failure, IOException {
        records.write(new SnapshotRecord(WORK, Optional.empty(), Optional.empty(), false));
        Files.writeString(file(), content);

        assertThat(records.snapshot(WORK)).isEmpty();
        assertThat(records.snapshots()).isEmpty();
        assertThat(aside()).containsExactly("snapshots-1-" + WORK + ".json");
        assertThat(directory.resolve("damaged").resolve("snapshots-1-" + WORK + ".json"))
                .hasContent(content);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"root_taken\":1,\"last_work\":1}",
                "{\"root_taken\":true,\"last_work\":-1}",
                "{\"root_taken\":true,\"last_work\":1.5}",
                "{\"root_taken\":true,\"last_work\":1e30}",
                "{\"root_taken\":true,\"last_work\":1,\"origin\":2}"
            })
    void theRecordOfAnImageIsSetAsideWhenAFieldIsWrong(String content) throws Failure, IOException {
        Files.createDirectories(directory.resolve("images"));
        Files.writeString(directory.resolve("images").resolve(IMAGE + ".json"), content);

        assertThat(records.images()).containsExactly(IMAGE);
        assertThat(records.image(IMAGE)).isEmpty();
        assertThat(records.images()).isEmpty();
        assertThat(aside()).containsExactly("images-1-" + IMAGE + ".json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"root\":\"relative\"}", "{\"root\":\"/a\\u0000b\"}"})
    void theRecordOfASnapshotOfTheOriginalIsSetAsideWhenItHasNoPath(String content) throws Failure, IOException {
        Files.createDirectories(directory.resolve("snapshots-of-original"));
        Files.writeString(directory.resolve("snapshots-of-original").resolve(WORK + ".json"), content);

        assertThat(records.snapshotsOfOriginal()).isEmpty();
        assertThat(aside()).containsExactly("snapshots-of-original-1-" + WORK + ".json");
    }

    @Test
    void whatALaterVersionAddsIsNoDamage() throws Failure, IOException {
        Files.createDirectories(directory.resolve("snapshots"));
        Files.writeString(file(), "{\"pinned\":true}");

        assertThat(records.snapshot(WORK)).isPresent();
    }

    @Test
    void noDamagedRecordTakesThePlaceOfAnother() throws Failure, IOException {
        for (int i = 1; i <= 3; i++) {
            records.write(new SnapshotRecord(WORK, Optional.empty(), Optional.empty(), false));
            Files.writeString(file(), "damage " + i);
            assertThat(records.snapshot(WORK)).isEmpty();
        }

        for (int i = 1; i <= 3; i++) {
            assertThat(directory.resolve("damaged").resolve("snapshots-" + i + "-" + WORK + ".json"))
                    .hasContent("damage " + i);
        }
    }

    @Test
    void theOldestOfVeryManyDamagedRecordsGoButNoDirectories() throws Failure, IOException {
        Files.createDirectories(file().resolve("inside"));
        for (int i = 0; i <= SetAside.KEPT + 5; i++) {
            assertThat(records.snapshot(WORK)).isEmpty();
            Files.writeString(file(), "damage");
        }

        assertThat(aside())
                .hasSize(SetAside.KEPT + 1)
                .contains("snapshots-1-" + WORK + ".json", "snapshots-" + (SetAside.KEPT + 6) + "-" + WORK + ".json")
                .doesNotContain("snapshots-2-" + WORK + ".json");
        assertThat(directory.resolve("damaged/snapshots-1-" + WORK + ".json/inside"))
                .isDirectory();
    }

    @Test
    void aDirectoryOrALinkInThePlaceOfARecordIsSetAsideByAReadAWriteAndARemoval() throws Failure, IOException {
        SnapshotRecord record = new SnapshotRecord(WORK, Optional.empty(), Optional.empty(), false);
        Files.createDirectories(file().resolve("inside"));
        records.write(record);
        assertThat(records.snapshot(WORK)).contains(record);

        Files.delete(file());
        Files.createDirectories(file().resolve("inside"));
        records.remove(WORK);
        assertThat(records.snapshots()).isEmpty();

        Files.createSymbolicLink(file(), directory.resolve("images"));
        assertThat(records.snapshot(WORK)).isEmpty();
        assertThat(aside()).hasSize(3);
    }

    private Path file() {
        return directory.resolve("snapshots").resolve(WORK + ".json");
    }

    private List<String> aside() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("damaged"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void filesThatAreNoRecordsAreLeftAlone() throws Failure, IOException {
        records.write(new SnapshotRecord(WORK, Optional.empty(), Optional.empty(), false));
        Files.writeString(directory.resolve("snapshots/notes.json"), "{}");

        assertThat(records.snapshots()).containsExactly(WORK);
    }
}
