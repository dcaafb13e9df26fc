package org.opensuse.containersnap.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.opensuse.containersnap.snapshot.Failure.InvalidReference;

class ImageReferenceTest {
    private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

    @ParameterizedTest(name = "{0} means {1}")
    @CsvSource({
        "debian,                              docker://docker.io/library/debian:latest",
        "docker://debian,                     docker://docker.io/library/debian:latest",
        "docker.io/debian,                    docker://docker.io/library/debian:latest",
        "index.docker.io/debian,              docker://docker.io/library/debian:latest",
        "docker.io/library/debian:latest,     docker://docker.io/library/debian:latest",
        "debian:12,                           docker://docker.io/library/debian:12",
        "opensuse/leap:15,                    docker://docker.io/opensuse/leap:15",
        "registry.opensuse.org/os,            docker://registry.opensuse.org/os:latest",
        "registry.opensuse.org/a/b/c:1.0_x-y, docker://registry.opensuse.org/a/b/c:1.0_x-y",
        "127.0.0.1:5000/bootable:1,           docker://127.0.0.1:5000/bootable:1",
        "localhost/x,                         docker://localhost/x:latest",
        "localhost:5000/x,                    docker://localhost:5000/x:latest",
        "[::1]:5000/x:1,                      docker://[::1]:5000/x:1",
        "dir:latest,                          docker://docker.io/library/dir:latest",
        "oci:1,                               docker://docker.io/library/oci:1",
        "Registry/x,                          docker://Registry/x:latest",
    })
    void aReferenceIsReadInFull(String text, String full) throws InvalidReference {
        assertThat(ImageReference.parse(text)).hasToString(full);
        assertThat(ImageReference.parse(full)).isEqualTo(ImageReference.parse(text));
    }

    @ParameterizedTest
    @CsvSource({"a.b/x@", "a.b/x:1@"})
    void ofTagAndDigestTheDigestCounts(String start) throws InvalidReference {
        assertThat(ImageReference.parse(start + DIGEST)).hasToString("docker://a.b/x@" + DIGEST);
    }

    static Stream<String> badReferences() {
        return Stream.of(
                "",
                " ",
                "a b",
                "a\nb",
                "a\tb",
                "-v",
                "--help",
                "a/-b",
                "docker://docker://a.b/x",
                "docker://",
                "docker:///x",
                "docker:x/y",
                "oci-archive:/tmp/x",
                "dir:/tmp/x",
                "containers-storage:x/y",
                "https://a.b/x",
                "/x",
                "x/",
                "a//b",
                "a.b/X",
                "X",
                "a.b/x:",
                "a.b/x:" + "t".repeat(129),
                "a.b/x@sha256:12",
                "a.b/x@" + DIGEST + "0",
                "a.b/x:1:2",
                "a.b:port/x",
                "a.b:123456/x",
                "a..b/x",
                ".b/x",
                "a.b./x",
                "a.b/../x",
                "a.b/x;id",
                "a.b/$(id)",
                "a.b/x\u202e",
                "0123456789abcdef".repeat(4),
                "a.b/" + "x".repeat(10_000));
    }

    @ParameterizedTest
    @MethodSource("badReferences")
    void anythingElseIsRefusedInOneShortLine(String text) {
        assertThatThrownBy(() -> ImageReference.parse(text))
                .isInstanceOf(InvalidReference.class)
                .message()
                .contains("is not a registry reference")
                .doesNotContain("\n")
                .hasSizeLessThan(400);
    }
}
