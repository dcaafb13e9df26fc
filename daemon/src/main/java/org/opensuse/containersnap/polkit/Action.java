package org.opensuse.containersnap.polkit;

/// What a caller may be allowed to do.
public enum Action {
    /// Pull or load any image.
    PULL("pull or load images"),
    /// Choose what the machine boots.
    DEPLOY("choose what the machine boots"),
    /// Make, delete and change snapshots and images.
    MANAGE("make, change or delete snapshots and images"),
    /// Cancel a job that somebody else started.
    CANCEL("cancel a job of another user");

    private final String words;

    Action(String words) {
        this.words = words;
    }

    /// What is done, to follow "may not".
    public String words() {
        return words;
    }
}
