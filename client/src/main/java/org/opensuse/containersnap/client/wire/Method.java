package org.opensuse.containersnap.client.wire;

import org.teavm.interop.StaticInit;

/// The methods that this program can call: its half of the contract, with D-Bus signatures.
@StaticInit
public enum Method {
    INIT(Names.MANAGER, "Init", "a{sv}", "", true),
    PULL(Names.MANAGER, "Pull", "sa{sv}", "o", true),
    LOAD(Names.MANAGER, "Load", "sa{sv}", "o", true),
    DELETE_IMAGE(Names.MANAGER, "DeleteImage", "sa{sv}", "o", true),
    DEPLOY(Names.MANAGER, "Deploy", "sa{sv}", "o", true),
    PRUNE(Names.MANAGER, "Prune", "a{sv}", "o", true),
    GET_PRUNE_PLAN(Names.MANAGER, "GetPrunePlan", "a{sv}", "a(st)", true),
    CHECK_UPDATE(Names.MANAGER, "CheckUpdate", "a{sv}", "o", true),
    UPDATE(Names.MANAGER, "Update", "a{sv}", "o", true),
    LIST_IMAGES(Names.MANAGER, "ListImages", "a{sv}", "a(oa{sv})", false),
    LIST_SNAPSHOTS(Names.MANAGER, "ListSnapshots", "a{sv}", "a(oa{sv})", false),
    LIST_JOBS(Names.MANAGER, "ListJobs", "a{sv}", "a(oa{sv})", false),
    GET_ROOT(Names.MANAGER, "GetRoot", "s", "s", false),
    VERIFY(Names.MANAGER, "Verify", "sa{sv}", "aa{sv}", false),
    CREATE_SNAPSHOT(Names.MANAGER, "CreateSnapshot", "sa{sv}", "s", true),
    SWITCH_TO(Names.MANAGER, "SwitchTo", "sa{sv}", "", true),
    ROLLBACK(Names.MANAGER, "Rollback", "a{sv}", "", true),
    BLESS(Names.MANAGER, "Bless", "a{sv}", "", true),
    FORGET_ROLLBACK(Names.MANAGER, "ForgetRollback", "a{sv}", "", true),
    SET_READ_ONLY(Names.MANAGER, "SetReadOnly", "sba{sv}", "", true),
    PIN(Names.MANAGER, "Pin", "sa{sv}", "", true),
    UNPIN(Names.MANAGER, "Unpin", "sa{sv}", "", true),
    DELETE_SNAPSHOT(Names.MANAGER, "DeleteSnapshot", "sa{sv}", "", true),
    CANCEL(Names.JOB, "Cancel", "a{sv}", "", true),
    GET_PROPERTY(Names.PROPERTIES, "Get", "ss", "v", false),
    GET_PROPERTIES(Names.PROPERTIES, "GetAll", "s", "a{sv}", false);

    /* A call that writes waits for the file system to sync, which a slow disk under load makes long. */
    private static final long WRITING_SECONDS = 600;
    private static final long READING_SECONDS = 60;

    private final String interfaceName;
    private final String member;
    private final String in;
    private final String out;
    private final boolean writing;

    Method(String interfaceName, String member, String in, String out, boolean writing) {
        this.interfaceName = interfaceName;
        this.member = member;
        this.in = in;
        this.out = out;
        this.writing = writing;
    }

    public String interfaceName() {
        return interfaceName;
    }

    public String member() {
        return member;
    }

    /// Signature of the arguments, those of Names.PROPERTIES included.
    public String in() {
        return in;
    }

    /// Signature of the answer.
    public String out() {
        return out;
    }

    /// How long to wait for the answer.
    public long timeoutSeconds() {
        return writing ? WRITING_SECONDS : READING_SECONDS;
    }
}
