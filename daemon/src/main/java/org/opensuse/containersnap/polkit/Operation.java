package org.opensuse.containersnap.polkit;

/// What a caller asks for, with the action that covers it and the question that a person is asked.
///
/// In a question, polkit itself puts the detail of that name for `$(…)`: `shown-` and the name of what rules look up.
public enum Operation {
    INIT(Action.MANAGE, "init", "set up the store for bootable images"),
    CHECK_UPDATE(Action.CHECK, "check-update", "look for an update of the booted system"),
    UPDATE(Action.UPDATE, "update", "update the system: $(shown-deployment)"),
    PULL(Action.PULL, "pull", "pull the image $(shown-reference)"),
    LOAD(Action.PULL, "load", "load images from $(shown-reference)"),
    DEPLOY(Action.DEPLOY, "deploy", "make the machine boot a new system: $(shown-deployment)"),
    SWITCH(Action.DEPLOY, "switch", "make the machine boot the snapshot $(shown-snapshot)"),
    ROLLBACK(Action.DEPLOY, "rollback", "make the machine boot the subvolume '$(shown-subvolume)' again"),
    BLESS(Action.DEPLOY, "bless", "find the booted system good, which is on trial"),
    FORGET_ROLLBACK(Action.MANAGE, "forget-rollback", "give up the way back to what was booted before"),
    CREATE_SNAPSHOT(Action.MANAGE, "create-snapshot", "make a snapshot of $(shown-snapshot)"),
    SET_READ_ONLY(Action.MANAGE, "set-read-only", "make the snapshot $(shown-snapshot) read-only"),
    SET_READ_WRITE(Action.MANAGE, "set-read-write", "make the snapshot $(shown-snapshot) writable"),
    PIN(Action.MANAGE, "pin", "have the snapshot $(shown-snapshot) kept"),
    UNPIN(Action.MANAGE, "unpin", "no longer have the snapshot $(shown-snapshot) kept"),
    DELETE_SNAPSHOT(Action.MANAGE, "delete-snapshot", "delete the snapshot $(shown-snapshot)"),
    DELETE_IMAGE(Action.MANAGE, "delete-image", "delete the image $(shown-image)"),
    PRUNE(Action.MANAGE, "prune", "delete old snapshots and images"),
    CANCEL(Action.CANCEL, "cancel", "cancel what another user started: $(shown-target)");

    private final Action action;
    private final String word;
    private final String what;

    Operation(Action action, String word, String what) {
        this.action = action;
        this.word = word;
        this.what = what;
    }

    /// The action that covers it.
    public Action action() {
        return action;
    }

    /// What a person is asked.
    String question() {
        return "Authentication is required to " + what;
    }

    /// The word that rules look up as `operation`.
    @Override
    public String toString() {
        return word;
    }
}
