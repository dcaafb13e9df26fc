package org.opensuse.containersnap.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.snapshot.Failure.InvalidSource;

class ArchiveSourceTest {
    @ParameterizedTest
    @ValueSource(strings = {"oci-archive:/a/b.tar", "docker-archive:/a b/c:d.tar"})
    void aSourceIsATransportAndAnAbsolutePath(String text) throws InvalidSource {
        assertThat(ArchiveSource.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/a/b.tar", "oci-archive:", "oci-archive:b.tar", "dir:/a", "oci-archive:/a\0b", ":/a"})
    void anythingElseIsRefusedInOneLine(String text) {
        assertThatThrownBy(() -> ArchiveSource.parse(text))
                .isInstanceOf(InvalidSource.class)
                .message()
                .startsWith("can't load from")
                .doesNotContain("\n");
    }
}
