package org.opensuse.containersnap.client.cli;

import java.util.Optional;
import org.teavm.interop.StaticInit;

/// An option of the command line.
@StaticInit
enum Option {
    HOST("--host", "-H", "[USER@]HOST"),
    MACHINE("--machine", "-M", "NAME"),
    NO_ASK_PASSWORD("--no-ask-password", "", ""),
    HELP("--help", "-h", ""),
    VERSION("--version", "-v", ""),
    JSON("--json", "", ""),
    ID("--id", "", "ID"),
    URL("--url", "", "NAME"),
    INPUT("--input", "-i", "FILE"),
    READONLY("--readonly", "", ""),
    NO_READONLY("--no-readonly", "", ""),
    FORCE("--force", "", ""),
    FORGET("--forget", "", ""),
    DRY_RUN("--dry-run", "", ""),
    STAGE_ONLY("--stage-only", "", ""),
    REBOOT("--reboot", "", ""),
    IGNORE("--ignore", "", "REQUIREMENT"),
    DIGEST("--digest", "", "DIGEST"),
    KEEP_LAST("--keep-last", "", "N"),
    KEEP_DAYS("--keep-days", "", "N"),
    FREE("--free", "", "SIZE"),
    CHECK("--check", "", ""),
    POLICY("--policy", "", "POLICY");

    private final String longName;
    private final String shortName;
    private final String value;

    Option(String longName, String shortName, String value) {
        this.longName = longName;
        this.shortName = shortName;
        this.value = value;
    }

    /// The name with two dashes.
    String longName() {
        return longName;
    }

    /// The name with one dash; empty when it has none.
    String shortName() {
        return shortName;
    }

    /// What the help calls its value; empty when it takes none.
    String value() {
        return value;
    }

    boolean takesValue() {
        return !value.isEmpty();
    }

    /// Whether it may be there several times, each with a value.
    boolean repeats() {
        return this == IGNORE;
    }

    /// Whether every command takes it.
    boolean common() {
        return switch (this) {
            case HOST, MACHINE, NO_ASK_PASSWORD, HELP, VERSION -> true;
            case JSON,
                    ID,
                    URL,
                    INPUT,
                    READONLY,
                    NO_READONLY,
                    FORCE,
                    FORGET,
                    DRY_RUN,
                    STAGE_ONLY,
                    REBOOT,
                    IGNORE,
                    DIGEST,
                    KEEP_LAST,
                    KEEP_DAYS,
                    FREE,
                    CHECK,
                    POLICY -> false;
        };
    }

    static Optional<Option> find(String name) {
        for (Option option : values()) {
            if (option.longName.equals(name) || (option.shortName.equals(name) && !name.isEmpty())) {
                return Optional.of(option);
            }
        }
        return Optional.empty();
    }
}
