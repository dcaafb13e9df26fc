package org.opensuse.containersnap.podman;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PodmanVersionTest {
    @ParameterizedTest
    @CsvSource({
        "3.4.4, true",
        "4.2.9, true",
        "4.2.0-dev, true",
        "4.3.0, false",
        "4.3.1-rhel, false",
        "4.10.0, false",
        "5.0, false",
        "10.0.0+git, false"
    })
    void versionsAreComparedAsNumbers(String text, boolean old) {
        assertThat(PodmanVersion.parse(text).orElseThrow().compareTo(PodmanVersion.OLDEST) < 0)
                .isEqualTo(old);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "4", "v4.3", "4.3x", "4..3", "-4.3", "99999.1", "4.99999999999", "four.three"})
    void otherTextIsNoVersion(String text) {
        assertThat(PodmanVersion.parse(text)).isEmpty();
    }
}
