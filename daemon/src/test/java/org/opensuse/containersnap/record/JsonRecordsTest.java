package org.opensuse.containersnap.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.engine.Records.Coming;
import org.opensuse.containersnap.engine.Records.ImageRecord;
import org.opensuse.containersnap.engine.Records.Intent;
import org.opensuse.containersnap.engine.Records.SnapshotRecord;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;

class JsonRecordsTest {
    private static final ImageId IMAGE = new ImageId("ab".repeat(32));
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
        ImageRecord image = new ImageRecord(IMAGE, Optional.of("docker://a.b/c:1"), true, 41, true);
        SnapshotRecord snapshot =
                new SnapshotRecord(WORK, Optional.of(SnapshotId.of(IMAGE)), Optional.of("docker://a.b/c:1"));
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
    void halvesOfRecordsAreCleared() throws Failure, IOException {
        Path half = Files.createDirectories(directory.resolve("images")).resolve(IMAGE + ".new");
        Files.writeString(half, "{");
        records.clear();

        assertThat(half).doesNotExist();
        assertThat(records.images()).isEmpty();
    }

    @Test
    void whatIsToBeDoneIsReadUntilItIsDone() throws Failure {
        ImageRecord before = new ImageRecord(IMAGE, Optional.of("docker://a.b/c:1"), false, 3, false);
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
        records.write(new ImageRecord(IMAGE, Optional.empty(), false, 1, false));
        assertThat(records.images()).containsExactly(IMAGE);
        records.remove(IMAGE);

        assertThat(records.images()).isEmpty();
        assertThat(records.image(IMAGE)).isEmpty();
    }

    @Test
    void anEmptyRecordIsRead() throws Failure {
        SnapshotRecord bare = new SnapshotRecord(WORK, Optional.empty(), Optional.empty());
        records.write(bare);

        assertThat(records.snapshot(WORK)).contains(bare);
    }

    @Test
    void aLaterWriteReplacesTheEarlier() throws Failure, IOException {
        records.write(new ImageRecord(IMAGE, Optional.empty(), false, 1, false));
        records.write(new ImageRecord(IMAGE, Optional.empty(), true, 2, false));

        assertThat(records.image(IMAGE).orElseThrow().lastWork()).isEqualTo(2);
        try (Stream<Path> files = Files.list(directory.resolve("images"))) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void aRemovedRecordIsGoneAndRemovingItAgainIsNoError() throws Failure {
        records.write(new SnapshotRecord(WORK, Optional.empty(), Optional.empty()));
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
    @ValueSource(strings = {"", "{", "[]", "null", "\"x\"", "\u0000\u0000\u0000"})
    void aDamagedRecordCountsAsAbsent(String content) throws Failure, IOException {
        records.write(new SnapshotRecord(WORK, Optional.empty(), Optional.empty()));
        Files.writeString(directory.resolve("snapshots").resolve(WORK + ".json"), content);

        assertThat(records.snapshot(WORK)).isEmpty();
    }

    @Test
    void filesThatAreNoRecordsAreLeftAlone() throws Failure, IOException {
        records.write(new SnapshotRecord(WORK, Optional.empty(), Optional.empty()));
        Files.writeString(directory.resolve("snapshots/notes.json"), "{}");

        assertThat(records.snapshots()).containsExactly(WORK);
    }
}
