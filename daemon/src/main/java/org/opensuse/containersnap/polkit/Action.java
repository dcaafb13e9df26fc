package org.opensuse.containersnap.polkit;

import java.util.Locale;

/// What a caller may be allowed to do: the actions of `org.opensuse.containersnap1.policy`.
public enum Action {
    /// Ask the registry for an update of what is booted.
    CHECK("look for an update of the booted system"),
    /// Deploy the newest image of the origin of what is booted.
    UPDATE("update the booted system"),
    /// Pull or load any image.
    PULL("pull or load images"),
    /// Choose what the machine boots.
    DEPLOY("choose what the machine boots"),
    /// Make, delete and change snapshots and images.
    MANAGE("make, change or delete snapshots and images"),
    /// Cancel a job that somebody else started.
    CANCEL("cancel a job of another user");

    private static final String PREFIX = "org.opensuse.containersnap1.";

    private final String words;

    Action(String words) {
        this.words = words;
    }

    /// polkit's name of it, such as `org.opensuse.containersnap1.pull`.
    public String id() {
        return PREFIX + name().toLowerCase(Locale.ROOT);
    }

    /// What is done, to follow "may not".
    public String words() {
        return words;
    }
}
