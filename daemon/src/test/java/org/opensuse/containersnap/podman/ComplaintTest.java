package org.opensuse.containersnap.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ComplaintTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "unknown-tag,  the registry has no such image or tag",
        "unauthorized, the registry wants a login (unauthorized); 'podman login' keeps one",
        "denied,       the registry denies access",
        "server-error, received unexpected HTTP status: 500 Internal Server Error",
        "no-manifest,  invalid character '<' looking for beginning of value",
        "broken-off,   the registry broke off the connection (unexpected EOF)",
        "refused,      the registry can't be reached (connection refused)",
        "unknown-host, the registry's name is not known (no such host)",
        "no-tls,       the registry does not speak TLS; podman's registries.conf can allow that",
    })
    void aFailedPullIsToldInOneLine(String recorded, String told) throws IOException {
        String line = Golden.lines("error-" + recorded + ".jsonl").getLast();

        assertThat(PullLine.parse(line).error()).map(Complaint::ofPull).contains(told);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "writing blob: storing blob to file \"/x/429\": happened during read: unexpected EOF",
                "copying system image from manifest list: reading blob sha256:f429a1: unexpected EOF",
                "initializing source docker://r/denied/unauthorized:429: reading manifest 429 in r/denied: unexpected EOF",
                "reading blob sha256:aa: Get \"http://r/v2/no such host/blobs/sha256:429\": unexpected EOF",
            })
    void aWordInANameOrADigestIsNotTakenForTheReason(String words) {
        assertThat(Complaint.ofPull(words)).isEqualTo("the registry broke off the connection (unexpected EOF)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "initializing source docker://r/a:1: reading manifest 1 in r/a: toomanyrequests: slow down",
                "initializing source docker://r/a:1: pinging container registry r: StatusCode: 429, \"\"",
                "initializing source docker://r/a:1: reading manifest 1 in r/a: too many requests to registry",
                "reading blob sha256:aa: fetching blob: received unexpected HTTP status: 429 Too Many Requests",
                "Requesting bearer token: invalid status code from registry 429 (Too Many Requests)",
            })
    void aRegistryThatIsAskedTooOftenIsTold(String words) {
        assertThat(Complaint.ofPull(words))
                .isEqualTo("the registry says that there were too many requests; try again later");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "empty,          it is neither an oci-archive nor a docker-archive",
        "random,         it is neither an oci-archive nor a docker-archive",
        "other-tar,      it is neither an oci-archive nor a docker-archive",
        "cut-off-oci,    the archive is cut off (unexpected EOF)",
        "cut-off-docker, the archive is cut off (unexpected EOF)",
        "damaged,        the archive is damaged",
    })
    void aFailedLoadIsToldInOneLine(String recorded, String told) {
        assertThat(Complaint.ofLoad(Complaint.of(Golden.text("load-" + recorded + ".json"))))
                .isEqualTo(told);
    }

    @Test
    void whatPodmanWasDoingIsLeftOut() {
        String words = "writing blob: storing blob to file \"/x/1\": happened during read: one: two: two";

        assertThat(Complaint.plain(words)).isEqualTo("one: two");
    }

    @Test
    void aSingleWordStays() {
        assertThat(Complaint.plain("Error")).isEqualTo("Error");
    }

    @Test
    void linesAndControlCharactersAreEscaped() {
        assertThat(Complaint.plain("Error: a\nb\u001b[1m")).isEqualTo("a\\nb\\u{1b}[1m");
    }

    @ParameterizedTest
    @ValueSource(strings = {"write /x: no space left on device", "write /x: disk quota exceeded"})
    void aFullFileSystemIsRecognised(String words) {
        assertThat(Complaint.noSpace(words)).isTrue();
    }

    @Test
    void anAnswerThatIsNotPodmansIsTakenAsItIs() {
        assertThat(Complaint.of("Not Found")).isEqualTo("Not Found");
        assertThat(Complaint.of("{\"cause\":\"c\",\"message\":\"m\",\"response\":500}"))
                .isEqualTo("m");
    }
}
