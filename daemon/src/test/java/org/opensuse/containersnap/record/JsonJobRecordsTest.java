package org.opensuse.containersnap.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensuse.containersnap.job.JobRecord;
import org.opensuse.containersnap.snapshot.Failure;

/// Records of jobs that somebody else wrote or damaged.
class JsonJobRecordsTest {
    private static final String WHOLE = """
            {"operation":"pull","target":"docker://a.b/c:1","started_by":0,"started":"2026-11-02T03:00:00Z",
             "state":"failed","phase":"","bytes_done":0,"ended":"2026-11-02T03:00:01Z",
             "error":{"name":"x.NoSpace","line":"no space","data":{"bytes_free":1}},"result":{"images":[]}}
            """;

    @TempDir
    private Path state;

    private Path directory = Path.of("/");

    @BeforeEach
    void makeOne() throws IOException {
        directory = Files.createDirectory(state.resolve("jobs"));
        Files.writeString(directory.resolve("1.json"), WHOLE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"images\":[]                   | \"images\":[\"nonsense\"]",
                "\"images\":[]                   | \"deleted\":[\"nonsense\"]",
                "\"started_by\":0                | \"started_by\":5000000000",
                "\"bytes_free\":1                | \"bytes_free\":-1",
                "\"bytes_free\":1                | \"bytes_free\":\"much\"",
                "\"started\":\"2026-11-02T03:00:00Z\" | \"started\":\"+1000000000-12-31T23:59:59Z\"",
                "\"started\":\"2026-11-02T03:00:00Z\" | \"started\":\"1969-12-31T23:59:59Z\"",
                "\"ended\":\"2026-11-02T03:00:01Z\"   | \"ended\":\"soon\"",
            })
    void oneThatCanNotBeToldIsSetAsideAndTheOthersAreRead(String whole, String damaged) throws Exception {
        assertThat(WHOLE).contains(whole);
        Path file = Files.writeString(directory.resolve("2.json"), WHOLE.replace(whole, damaged));

        assertThat(all()).containsExactly(1L);
        assertThat(file).doesNotExist();
    }

    @Test
    void halfOfARecordThatCanNotBeRemovedHidesNothing() throws Exception {
        Files.createDirectories(directory.resolve("7.new/inside"));

        assertThat(all()).containsExactly(1L);
    }

    private Iterable<Long> all() throws Failure {
        return new JsonJobRecords(directory, _ -> {})
                .all().stream().map(JobRecord::id).toList();
    }
}
