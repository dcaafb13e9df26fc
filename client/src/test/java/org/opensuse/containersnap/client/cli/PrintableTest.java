package org.opensuse.containersnap.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PrintableTest {
    static Stream<Arguments> texts() {
        return Stream.of(
                Arguments.of("plain äöü 日本 😀", "plain äöü 日本 😀"),
                Arguments.of("two\nlines\r\n", "two\\nlines\\r\\n"),
                Arguments.of("a\tb", "a\\tb"),
                Arguments.of("\u001b[31mred", "\\x1b[31mred"),
                Arguments.of("\u0000\u007f\u009b", "\\x00\\x7f\\x9b"),
                Arguments.of("a\u2028b\u2029c", "a\\u2028b\\u2029c"),
                Arguments.of("\u202eevil\u2066", "\\u202eevil\\u2066"),
                Arguments.of("back\\slash", "back\\slash"));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void whatMovesTheTerminalBecomesAnEscape(String text, String printable) {
        assertThat(Printable.of(text)).isEqualTo(printable);
    }

    @Test
    void aLongTextIsQuotedByItsBeginning() {
        assertThat(Printable.quoted("x".repeat(100))).isEqualTo('"' + "x".repeat(100) + '"');
        assertThat(Printable.quoted("x".repeat(101))).isEqualTo('"' + "x".repeat(100) + "…\"");
    }
}
