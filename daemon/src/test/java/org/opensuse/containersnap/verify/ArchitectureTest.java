package org.opensuse.containersnap.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Headers of real programs, as `head -c 20 /usr/bin/true | xxd -p` prints them.
class ArchitectureTest {
    @ParameterizedTest(name = "{1}")
    @CsvSource({
        "7f454c4602010100000000000000000003003e00, x86-64",
        "7f454c460201010000000000000000000300b700, arm64",
        "7f454c4601010100000000000000000003002800, arm",
        "7f454c4601010100000000000000000003000300, x86",
        "7f454c4602010100000000000000000003001500, ppc64-le",
        "7f454c4602020100000000000000000000030015, ppc64",
        "7f454c4602020100000000000000000000030016, s390x",
        "7f454c460201010000000000000000000300f300, riscv64",
        "7f454c4602010100000000000000000003000201, loongarch64",
        "7f454c4601010100000000000000000003004b00, machine 75 of ELF"
    })
    void theHeaderTellsTheArchitecture(String header, String name) {
        assertThat(Architecture.find(HexFormat.of().parseHex(header)))
                .map(Architecture::toString)
                .contains(name);
    }

    @ParameterizedTest
    @CsvSource({"''", "7f454c46", "7f454c4602010100000000000000000003003e", "23212f62696e2f7368000000000000000000000000"
    })
    void whatIsNoElfProgramTellsNone(String header) {
        assertThat(Architecture.find(HexFormat.of().parseHex(header))).isEqualTo(Optional.empty());
    }
}
