package org.opensuse.containersnap.podman;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The lines are those of skopeo 1.9.3.
class SkopeoWordsTest {
    private static final String BEFORE = "time=\"2026-11-23T12:59:19Z\" level=fatal msg=";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "reading manifest gone in r/x: manifest unknown | the registry has no such image or tag",
                "reading manifest x in r/x: denied: no | the registry denies access",
                "reading manifest 1 in r/x: unauthorized: authentication required"
                        + " | the registry wants a login (unauthorized); 'podman login' keeps one",
                "pinging container registry r: Get \\\"https://r/v2/\\\": dial tcp 127.0.0.1:5978: connect: connection refused"
                        + " | the registry can't be reached (connection refused)",
                "pinging container registry r: Get \\\"https://r/v2/\\\": tls: first record does not look like a TLS handshake"
                        + " | the registry does not speak TLS; podman's registries.conf can allow that",
                "exceeded maximum allowed size of 4194304 bytes"
                        + " | the registry sent a manifest or configuration that is larger than any"
                        + " (exceeded maximum allowed size)",
            })
    void whyTheRegistryDoesNotAnswerIsToldAsOfAPull(String reason, String told) {
        String line = BEFORE + "\"Error parsing image name \\\"docker://r/x:denied\\\": " + reason + "\"\n";

        assertThat(SkopeoWords.complaint("level=warning msg=unauthorized\n" + line, 1))
                .isEqualTo(told);
    }

    @Test
    void aBlobThatIsNotItsDigestIsTold() {
        String line = BEFORE + "\"Error reading configuration blob: Download config.json digest sha256:d2"
                + " does not match expected sha256:ab\"\n";

        assertThat(SkopeoWords.complaint(line, 1))
                .isEqualTo("the registry sent something else than what it was asked for"
                        + " (does not match expected digest)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | skopeo ended with status 2 and no word",
                "'\n  \n' | skopeo ended with status 2 and no word",
                "'one\nanother thing\n\n' | another thing",
                "'level=fatal msg=short' | short",
                "'level=fatal msg=\"no end' | '\"no end'",
                "'level=fatal msg=\"two\\nlines \\x1b[31m\"' | 'two\\nlines \\u{1b}[31m'",
            })
    void otherWordsAreToldInOneLine(String printed, String told) {
        assertThat(SkopeoWords.complaint(printed, 2)).isEqualTo(told);
    }
}
