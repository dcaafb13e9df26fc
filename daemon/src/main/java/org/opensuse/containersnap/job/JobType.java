package org.opensuse.containersnap.job;

/// What kinds of jobs there are.
public enum JobType {
    PULL("pull"),
    LOAD("load"),
    DELETE_IMAGE("delete-image");

    private final String word;

    JobType(String word) {
        this.word = word;
    }

    /// The word on the bus.
    @Override
    public String toString() {
        return word;
    }
}
