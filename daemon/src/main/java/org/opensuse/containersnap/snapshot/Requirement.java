package org.opensuse.containersnap.snapshot;

import java.util.Arrays;
import java.util.Optional;

/// What a root must have so that the machine boots it, people log in and transactional-update goes on there.
public enum Requirement {
    CLIENT("client"),
    NO_SNAPPER("no-snapper"),
    TRANSACTIONAL_UPDATE("transactional-update"),
    KERNEL("kernel"),
    SYSTEMD("systemd"),
    BOOT_LOADER("boot-loader"),
    RSYNC("rsync"),
    NETWORK("network"),
    ARCHITECTURE("architecture"),
    SNAPSHOTS_DIRECTORY("snapshots-directory"),
    LOGIN("login");

    private final String word;

    Requirement(String word) {
        this.word = word;
    }

    /// The requirement of a name.
    public static Optional<Requirement> find(String name) {
        return Arrays.stream(values())
                .filter(requirement -> requirement.word.equals(name))
                .findAny();
    }

    /// The name that people and programs know it by.
    @Override
    public String toString() {
        return word;
    }
}
