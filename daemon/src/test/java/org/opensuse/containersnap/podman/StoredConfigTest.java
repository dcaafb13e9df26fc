package org.opensuse.containersnap.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StoredConfigTest {
    @Test
    void labelsThatAreTooLargeForTheBusAreLeftOut() throws IOException {
        String config = "{\"config\":{\"Labels\":{\"small\":\"a\",\"large\":\"%s\",\"other\":\"b\"}}}"
                .formatted("x".repeat(17 << 10));

        assertThat(StoredConfig.parse(config.getBytes(StandardCharsets.UTF_8)).labels())
                .containsOnly(Map.entry("small", "a"), Map.entry("other", "b"));
    }

    @ParameterizedTest
    @CsvSource({
        "2025-01-09T10:47:31.818647723Z,     2025-01-09T10:47:31.818647723Z",
        "2025-01-09T10:47:31Z,               2025-01-09T10:47:31Z",
        "2025-01-09T12:47:31.5+02:00,        2025-01-09T10:47:31.500Z",
    })
    void itTellsWhenTheImageWasBuilt(String text, Instant instant) throws IOException {
        assertThat(parse("{\"created\":\"" + text + "\"}").created()).contains(instant);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"created\":null}",
                "{\"created\":\"yesterday\"}",
                "{\"created\":\"0001-01-01T00:00:00Z\"}",
                "{\"config\":null}",
                "{\"config\":{\"Labels\":null}}"
            })
    void itMaySayNothing(String json) throws IOException {
        StoredConfig config = parse(json);

        assertThat(config.created()).isEmpty();
        assertThat(config.labels()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = "{\"config\":{\"Labels\":{\"a\":\"1\",\"b\":\"\"}}}")
    void itHasLabels(String json) throws IOException {
        assertThat(parse(json).labels()).isEqualTo(Map.of("a", "1", "b", ""));
    }

    private static StoredConfig parse(String json) throws IOException {
        return StoredConfig.parse(json.getBytes(StandardCharsets.UTF_8));
    }
}
