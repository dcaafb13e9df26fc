package org.opensuse.containersnap.verify;

import java.util.Optional;

/// What a program of ELF format runs on (elf(5)).
///
/// @param machine e_machine
/// @param wide whether it is of 64 bits
/// @param little whether the lowest byte comes first
record Architecture(int machine, boolean wide, boolean little) {
    /// So many bytes at the beginning of a file tell it.
    static final int HEADER_BYTES = 20;

    private static final byte[] MAGIC = {0x7f, 'E', 'L', 'F'};
    private static final int CLASS = 4;
    private static final int DATA = 5;
    private static final int MACHINE = 18;

    /// Reads the beginning of a file; empty when it is no ELF program.
    static Optional<Architecture> find(byte[] header) {
        if (header.length < HEADER_BYTES) {
            return Optional.empty();
        }
        for (int i = 0; i < MAGIC.length; i++) {
            if (header[i] != MAGIC[i]) {
                return Optional.empty();
            }
        }
        boolean little = header[DATA] == 1;
        int low = header[little ? MACHINE : MACHINE + 1] & 0xff;
        int high = header[little ? MACHINE + 1 : MACHINE] & 0xff;
        return Optional.of(new Architecture(high << 8 | low, header[CLASS] == 2, little));
    }

    /// The name that systemd has for it, which is also that of ARCHITECTURE in os-release(5).
    @Override
    public String toString() {
        return switch (machine) {
            case 3 -> "x86";
            case 20 -> little ? "ppc-le" : "ppc";
            case 21 -> little ? "ppc64-le" : "ppc64";
            case 22 -> wide ? "s390x" : "s390";
            case 40 -> little ? "arm" : "arm-be";
            case 62 -> "x86-64";
            case 183 -> little ? "arm64" : "arm64-be";
            case 243 -> wide ? "riscv64" : "riscv32";
            case 258 -> "loongarch64";
            default -> "machine " + machine + " of ELF";
        };
    }
}
