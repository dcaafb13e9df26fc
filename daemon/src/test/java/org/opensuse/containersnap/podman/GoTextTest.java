package org.opensuse.containersnap.podman;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GoTextTest {
    @Test
    void escapesAreUndone() {
        String text = "say \"a\\\"\\\\\\n\\t\\x41\\u00e4\\U0001f600ö\\xc3\\xa4\" end";

        assertThat(GoText.unquote(text, 5)).contains("a\"\\\n\tAä😀öä");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "abc", "\\", "\\x4", "\\x4g\"", "\\q\"", "\\U00110000\""})
    void whatGoDoesNotWriteIsRefused(String text) {
        assertThat(GoText.unquote(text, 0)).isEmpty();
    }
}
