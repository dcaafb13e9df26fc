package org.opensuse.containersnap.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgeTest {
    @ParameterizedTest
    @CsvSource({
        "-1, ''",
        "0, just now",
        "59, just now",
        "60, 1 minute ago",
        "3599, 59 minutes ago",
        "3600, 1 hour ago",
        "86399, 23 hours ago",
        "86400, 1 day ago",
        "31536000, 365 days ago"
    })
    void isToldInTheLargestUnitThatFits(long seconds, String text) {
        assertThat(Age.text(seconds)).isEqualTo(text);
    }
}
