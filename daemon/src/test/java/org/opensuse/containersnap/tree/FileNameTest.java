package org.opensuse.containersnap.tree;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Names are what their bytes are, whatever these are.
class FileNameTest {
    @ParameterizedTest
    @ValueSource(strings = {"fstab", "größe", "\u20ac\ud83d\ude00", "a\nb"})
    void utf8IsText(String name) {
        assertThat(FileName.decode(name.getBytes(UTF_8))).isEqualTo(name);
        assertThat(FileName.encode(name)).isEqualTo(name.getBytes(UTF_8));
    }

    /// Latin-1, a cut character, a surrogate in UTF-8, one that is too long, bytes that never occur.
    @ParameterizedTest
    @ValueSource(strings = {"67f6df", "61e282", "edb280", "c0af", "ff00fe", "f0908080c3"})
    void otherBytesComeBackAsTheyWere(String bytes) {
        byte[] name = HexFormat.of().parseHex(bytes);

        assertThat(FileName.encode(FileName.decode(name))).isEqualTo(name);
    }
}
