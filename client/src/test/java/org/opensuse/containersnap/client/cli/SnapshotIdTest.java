package org.opensuse.containersnap.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotIdTest {
    private static final String IMAGE = "0123456789abcdef".repeat(4);

    @ParameterizedTest
    @ValueSource(strings = {"", "-work1", "-work10", "-work9223372036854775807"})
    void anIdIsAnImageOrACopyWithANumber(String end) {
        assertThat(SnapshotId.find(IMAGE + end)).contains(new SnapshotId(IMAGE + end));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-work",
                "-work0",
                "-work01",
                "-work-1",
                "-work1 ",
                "-work1\n",
                "-workx",
                "-work9223372036854775808",
                "-work99999999999999999999",
                "-Work1",
                "work1",
                "0",
                "/../x"
            })
    void anythingElseAfterTheImageIsNoId(String end) {
        assertThat(SnapshotId.find(IMAGE + end)).isEmpty();
    }

    @Test
    void onlyLowerCaseHexadecimalDigitsMakeAnImage() {
        assertThat(SnapshotId.find("A".repeat(64))).isEmpty();
        assertThat(SnapshotId.find("g".repeat(64))).isEmpty();
        assertThat(SnapshotId.find("٠".repeat(64))).isEmpty();
        assertThat(SnapshotId.find("")).isEmpty();
        assertThat(SnapshotId.find("0".repeat(63))).isEmpty();
    }

    @Test
    void theObjectPathHasNoDash() {
        assertThat(new SnapshotId(IMAGE + "-work7").objectPath())
                .isEqualTo("/org/opensuse/containersnap1/snapshot/" + IMAGE + "_work7");
    }
}
