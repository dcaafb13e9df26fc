package org.opensuse.containersnap.client.cli;

import org.teavm.interop.StaticInit;

/// How the program ends; scripts rely on the numbers.
@StaticInit
enum ExitCode {
    DONE(0),
    FAILED(1),
    WRONG_COMMAND_LINE(2),
    /// As of rpm-ostree.
    NOTHING_NEW(77);

    private final int status;

    ExitCode(int status) {
        this.status = status;
    }

    int status() {
        return status;
    }
}
