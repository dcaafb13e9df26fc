package org.opensuse.containersnap.client.wire;

import org.teavm.interop.StaticInit;

/// The properties that this program reads: its half of the contract, with D-Bus signatures.
@StaticInit
public enum Property {
    VERSION(Names.MANAGER, "Version", "s"),
    BOOTED_SNAPSHOT(Names.MANAGER, "BootedSnapshot", "s"),
    DEFAULT_SNAPSHOT(Names.MANAGER, "DefaultSnapshot", "s"),
    BOOTED_SUBVOLUME(Names.MANAGER, "BootedSubvolume", "s"),
    DEFAULT_SUBVOLUME(Names.MANAGER, "DefaultSubvolume", "s"),
    ROLLBACK_AVAILABLE(Names.MANAGER, "RollbackAvailable", "b"),
    ROLLBACK_SNAPSHOT(Names.MANAGER, "RollbackSnapshot", "s"),
    ROLLBACK_SUBVOLUME(Names.MANAGER, "RollbackSubvolume", "s"),
    DEFAULT_CHOSEN_BY(Names.MANAGER, "DefaultChosenBy", "s"),
    DEFAULT_CHOSEN_TIME(Names.MANAGER, "DefaultChosenTime", "t"),
    REBOOT_NEEDED(Names.MANAGER, "RebootNeeded", "b"),
    TRIAL(Names.MANAGER, "Trial", "a{sv}"),
    CACHED_UPDATE(Names.MANAGER, "CachedUpdate", "a{sv}"),
    LAST_CHECK(Names.MANAGER, "LastCheck", "t"),

    IMAGE_ID(Names.IMAGE, "Id", "s"),
    IMAGE_DIGEST(Names.IMAGE, "Digest", "s"),
    IMAGE_NAMES(Names.IMAGE, "Names", "as"),
    IMAGE_CREATION_TIME(Names.IMAGE, "CreationTimeNsec", "x"),
    IMAGE_SIZE(Names.IMAGE, "Size", "t"),
    IMAGE_ORIGIN(Names.IMAGE, "Origin", "s"),
    IMAGE_SNAPSHOTS(Names.IMAGE, "Snapshots", "as"),

    SNAPSHOT_ID(Names.SNAPSHOT, "Id", "s"),
    SNAPSHOT_NUMBER(Names.SNAPSHOT, "Number", "t"),
    SNAPSHOT_IMAGE(Names.SNAPSHOT, "Image", "s"),
    SNAPSHOT_BASE(Names.SNAPSHOT, "Base", "s"),
    SNAPSHOT_ORIGIN(Names.SNAPSHOT, "Origin", "s"),
    SNAPSHOT_VERSION(Names.SNAPSHOT, "Version", "s"),
    SNAPSHOT_CREATION_TIME(Names.SNAPSHOT, "CreationTime", "t"),
    SNAPSHOT_ROOT(Names.SNAPSHOT, "Root", "s"),
    SNAPSHOT_READ_ONLY(Names.SNAPSHOT, "ReadOnly", "b"),
    SNAPSHOT_PINNED(Names.SNAPSHOT, "Pinned", "b"),
    SNAPSHOT_BOOTED(Names.SNAPSHOT, "Booted", "b"),
    SNAPSHOT_DEFAULT(Names.SNAPSHOT, "Default", "b"),

    JOB_ID(Names.JOB, "Id", "t"),
    JOB_OPERATION(Names.JOB, "Operation", "s"),
    JOB_TARGET(Names.JOB, "Target", "s"),
    JOB_STATE(Names.JOB, "State", "s"),
    JOB_PHASE(Names.JOB, "Phase", "s"),
    JOB_PROGRESS(Names.JOB, "Progress", "d"),
    JOB_PROGRESS_VALID(Names.JOB, "ProgressValid", "b"),
    JOB_BYTES_DONE(Names.JOB, "BytesDone", "t"),
    JOB_BYTES_TOTAL(Names.JOB, "BytesTotal", "t"),
    JOB_RATE(Names.JOB, "Rate", "t"),
    JOB_START_TIME(Names.JOB, "StartTime", "t"),
    JOB_END_TIME(Names.JOB, "EndTime", "t"),
    JOB_STARTED_BY(Names.JOB, "StartedByUid", "u"),
    JOB_REQUEST_ID(Names.JOB, "RequestId", "s"),
    JOB_ERROR_NAME(Names.JOB, "ErrorName", "s"),
    JOB_ERROR_MESSAGE(Names.JOB, "ErrorMessage", "s"),
    JOB_ERROR_DATA(Names.JOB, "ErrorData", "a{sv}"),
    JOB_RESULT(Names.JOB, "Result", "a{sv}");

    private final String interfaceName;
    private final String member;
    private final String signature;

    Property(String interfaceName, String member, String signature) {
        this.interfaceName = interfaceName;
        this.member = member;
        this.signature = signature;
    }

    public String interfaceName() {
        return interfaceName;
    }

    public String member() {
        return member;
    }

    public String signature() {
        return signature;
    }
}
