package org.opensuse.containersnap.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.snapshot.Failure.InvalidId;

class SnapshotIdTest {
    private static final String IMAGE = "0123456789abcdef".repeat(4);

    @ParameterizedTest
    @ValueSource(strings = {"", "-work1", "-work9", "-work10", "-work9223372036854775807"})
    void whatIsReadIsPrintedTheSame(String suffix) throws InvalidId {
        assertThat(SnapshotId.parse(IMAGE + suffix)).hasToString(IMAGE + suffix);
    }

    @Test
    void anImageIdIsTheImageAsPulled() throws InvalidId {
        SnapshotId id = SnapshotId.parse(IMAGE);

        assertThat(id.pristine()).isTrue();
        assertThat(id.image()).isEqualTo(new ImageId(IMAGE));
        assertThat(SnapshotId.parse(IMAGE + "-work3")).isEqualTo(new SnapshotId(new ImageId(IMAGE), 3));
    }

    static Stream<String> badIds() {
        return Stream.of(
                "",
                "6",
                IMAGE.substring(1),
                IMAGE + "0",
                IMAGE.toUpperCase(Locale.ROOT),
                IMAGE.replace('0', 'g'),
                IMAGE + "-",
                IMAGE + "-work",
                IMAGE + "-work0",
                IMAGE + "-work01",
                IMAGE + "-work-1",
                IMAGE + "-work+1",
                IMAGE + "-work1 ",
                IMAGE + "-work1/",
                IMAGE + "-work１",
                IMAGE + "-work9223372036854775808",
                IMAGE + "-work99999999999999999999",
                IMAGE + "_work1",
                IMAGE + "/../x",
                "../" + IMAGE,
                "/" + IMAGE,
                IMAGE + "\n",
                " " + IMAGE,
                "$(id)",
                ".",
                "..");
    }

    @ParameterizedTest
    @MethodSource("badIds")
    void anythingElseIsRefusedInOneLine(String text) {
        assertThat(SnapshotId.find(text)).isEmpty();
        assertThatThrownBy(() -> SnapshotId.parse(text))
                .isInstanceOf(InvalidId.class)
                .message()
                .doesNotContain("\n")
                .contains("is not a snapshot ID");
    }

    @Test
    void aHugeTextIsNotRepeatedInTheMessage() {
        assertThatThrownBy(() -> SnapshotId.parse("a".repeat(1_000_000)))
                .message()
                .hasSizeLessThan(400);
    }

    @Test
    void bidirectionalAndControlCharactersAreEscaped() {
        assertThat(List.of(Quoted.of("a\u202eb"), Quoted.of("a\u0007b"), Quoted.of("it's")))
                .containsExactly("'a\\u{202e}b'", "'a\\u{7}b'", "'it\\'s'");
    }
}
