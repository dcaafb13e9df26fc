package org.opensuse.containersnap.client.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {
    @ParameterizedTest
    @ValueSource(strings = {"", "a", "ä", "€", "日本", "😀", "a😀b", "\u0000\u007f\u0080\u07ff\u0800\uffff"})
    void textAndBytesGoBothWays(String text) {
        assertThat(Utf8.encode(text)).isEqualTo(text.getBytes(UTF_8));
        assertThat(Utf8.decode(text.getBytes(UTF_8))).isEqualTo(text);
    }

    @Test
    void anyCharacterIsEncodedAsTheLibraryDoes() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            int point = random.nextInt(0x110000);
            if (point < 0xD800 || point > 0xDFFF) {
                String text = Character.toString(point);
                assertThat(Utf8.encode(text)).isEqualTo(text.getBytes(UTF_8));
                assertThat(Utf8.decode(Utf8.encode(text))).isEqualTo(text);
            }
        }
    }

    @Test
    void halfASurrogatePairBecomesTheReplacement() {
        assertThat(Utf8.encode("a\uD83D")).isEqualTo("a\uFFFD".getBytes(UTF_8));
        assertThat(Utf8.encode("\uDE00\uD83Db")).isEqualTo("\uFFFD\uFFFDb".getBytes(UTF_8));
    }

    @Test
    void bytesThatAreNoTextDoNotSurviveTheWayBack() {
        int[][] wrong = {
            {0xFF},
            {0xC3},
            {0xE2, 0x82},
            {0x80},
            {0xC0, 0xAF},
            {0xE0, 0x80, 0xAF},
            {0xED, 0xA0, 0x80},
            {0xF4, 0x90, 0x80, 0x80},
            {0xF5, 0x80, 0x80, 0x80},
            {'a', 0xC3, 'b'},
            {0xF0, 0x9F, 0x98}
        };
        for (int[] row : wrong) {
            byte[] bytes = new byte[row.length];
            for (int i = 0; i < row.length; i++) {
                bytes[i] = (byte) row[i];
            }
            assertThat(Utf8.decode(bytes)).contains("\uFFFD");
            assertThat(Utf8.encode(Utf8.decode(bytes))).isNotEqualTo(bytes);
        }
    }
}
