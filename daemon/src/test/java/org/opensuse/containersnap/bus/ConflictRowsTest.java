package org.opensuse.containersnap.bus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.opensuse.containersnap.snapshot.MergeConflict;

class ConflictRowsTest {
    private static MergeConflict conflict(String path) {
        return new MergeConflict(path, "no-base", "", Optional.empty());
    }

    @Test
    void whatThereIsNotHasNoKey() {
        assertThat(ConflictRows.of(List.of(
                        conflict("/etc/a"),
                        new MergeConflict("/etc/b", "both-changed", "permissions", Optional.of("/etc/b.rpmnew")))))
                .containsExactly(
                        Map.of("path", "/etc/a", "reason", "no-base"),
                        Map.of(
                                "path", "/etc/b",
                                "reason", "both-changed",
                                "detail", "permissions",
                                "beside", "/etc/b.rpmnew"));
    }

    @Test
    void ofTooManyTheLastTellsHowManyMore() {
        List<MergeConflict> many =
                IntStream.range(0, 5000).mapToObj(i -> conflict("/etc/" + i)).toList();

        assertThat(ConflictRows.of(many))
                .hasSize(ConflictRows.MOST + 1)
                .endsWith(Map.of("path", "/", "reason", "more", "detail", "4000"));
    }

    @Test
    void longPathsAreFewer() {
        List<MergeConflict> many = IntStream.range(0, 900)
                .mapToObj(i -> conflict("/etc/" + "x".repeat(4000) + i))
                .toList();

        List<Map<String, String>> rows = ConflictRows.of(many);

        assertThat(rows).hasSizeLessThan(60);
        assertThat(rows.getLast()).containsEntry("detail", Integer.toString(900 - (rows.size() - 1)));
    }

    @Test
    void aLongDetailIsCut() {
        MergeConflict large = new MergeConflict("/etc/passwd", "accounts", "u".repeat(2 << 20), Optional.empty());

        assertThat(ConflictRows.of(List.of(large)).getFirst().get("detail")).isEqualTo("u".repeat(200) + "…");
    }
}
