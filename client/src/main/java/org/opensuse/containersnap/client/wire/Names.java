package org.opensuse.containersnap.client.wire;

/// The names of the contract.
public final class Names {
    /// The service's name on the bus.
    public static final String SERVICE = "org.opensuse.containersnap1";

    public static final String MANAGER = SERVICE + ".Manager";
    public static final String IMAGE = SERVICE + ".Image";
    public static final String SNAPSHOT = SERVICE + ".Snapshot";
    public static final String JOB = SERVICE + ".Job";

    /// What the service's own error names begin with.
    public static final String ERROR = SERVICE + ".Error.";

    /// What the standard error names begin with.
    public static final String STANDARD_ERROR = "org.freedesktop.DBus.Error.";

    /// The standard error of a call that needs a password and does not allow that it is asked for.
    static final String INTERACTIVE = STANDARD_ERROR + "InteractiveAuthorizationRequired";

    public static final String TOP_PATH = "/org/opensuse/containersnap1";
    public static final String SNAPSHOT_PATH = TOP_PATH + "/snapshot/";
    public static final String JOB_PATH = TOP_PATH + "/job";

    static final String BUS = "org.freedesktop.DBus";
    static final String PROPERTIES = "org.freedesktop.DBus.Properties";

    private Names() {}
}
