package org.opensuse.containersnap.job;

import java.util.Arrays;

/// What kinds of jobs there are.
public enum JobType {
    PULL("pull"),
    LOAD("load"),
    DELETE_IMAGE("delete-image"),
    DEPLOY("deploy"),
    PRUNE("prune"),
    CHECK_UPDATE("check-update"),
    UPDATE("update");

    private final String word;

    JobType(String word) {
        this.word = word;
    }

    /// The type that a word stands for.
    ///
    /// @throws IllegalArgumentException when it is none
    public static JobType of(String word) {
        return Arrays.stream(values())
                .filter(type -> type.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no job type " + word));
    }

    /// The word on the bus.
    @Override
    public String toString() {
        return word;
    }
}
