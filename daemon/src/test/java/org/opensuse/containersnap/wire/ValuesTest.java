package org.opensuse.containersnap.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ValuesTest {
    static Stream<Arguments> values() {
        return Stream.of(
                Arguments.of("s", "text"),
                Arguments.of("o", "/a/b"),
                Arguments.of("b", true),
                Arguments.of("u", 4_000_000_000L),
                Arguments.of("t", 9_000_000_000_000_000_000L),
                Arguments.of("x", -1L),
                Arguments.of("d", 0.5),
                Arguments.of("v", TypedValue.of("text")),
                Arguments.of("as", List.of("a", "b")),
                Arguments.of("as", List.of()),
                Arguments.of("a{ss}", Map.of("k", "v")),
                Arguments.of("a{sv}", Map.of("k", new TypedValue("as", List.of("a")))),
                Arguments.of("a(oa{sv})", List.of(List.of("/a", Map.of("k", TypedValue.of(true))))));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("values")
    void whatGoesOutComesInTheSame(String signature, Object value) {
        assertThat(Values.fromWire(Values.toWire(signature, List.of(value)))).containsExactly(value);
    }

    @Test
    void nulIsReplacedSinceTheBusWouldEndTheConnection() {
        Object[] wired = Values.toWire("a{ss}", List.of(Map.of("a\0b", "x\0y")));

        assertThat(Values.fromWire(wired)).containsExactly(Map.of("a\uFFFDb", "x\uFFFDy"));
    }
}
