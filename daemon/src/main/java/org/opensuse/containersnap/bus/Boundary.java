package org.opensuse.containersnap.bus;

import org.opensuse.containersnap.snapshot.Failure;

/// The wire names of failures. The compiler sees to it that each has one.
final class Boundary {
    static final String UNKNOWN_OBJECT = "org.freedesktop.DBus.Error.UnknownObject";
    static final String UNKNOWN_INTERFACE = "org.freedesktop.DBus.Error.UnknownInterface";
    static final String UNKNOWN_METHOD = "org.freedesktop.DBus.Error.UnknownMethod";
    static final String UNKNOWN_PROPERTY = "org.freedesktop.DBus.Error.UnknownProperty";
    static final String PROPERTY_READ_ONLY = "org.freedesktop.DBus.Error.PropertyReadOnly";
    static final String INVALID_ARGS = "org.freedesktop.DBus.Error.InvalidArgs";
    private static final String ACCESS_DENIED = "org.freedesktop.DBus.Error.AccessDenied";
    private static final String INTERACTIVE = "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired";
    private static final String LIMITS_EXCEEDED = "org.freedesktop.DBus.Error.LimitsExceeded";
    private static final String NO_REPLY = "org.freedesktop.DBus.Error.NoReply";

    private Boundary() {}

    static String nameOf(Failure failure) {
        return switch (failure) {
            case Failure.AccessDenied _ -> ACCESS_DENIED;
            case Failure.InteractiveAuthorizationRequired _ -> INTERACTIVE;
            case Failure.InvalidArguments _ -> INVALID_ARGS;
            case Failure.LimitsExceeded _ -> LIMITS_EXCEEDED;
            case Failure.Stopping _ -> NO_REPLY;
            case Failure.Busy _ -> ours("Busy");
            case Failure.Cancelled _ -> ours("Cancelled");
            case Failure.DigestMismatch _ -> ours("DigestMismatch");
            case Failure.HookFailed _ -> ours("HookFailed");
            case Failure.ImageInUse _ -> ours("ImageInUse");
            case Failure.Bug _ -> ours("Internal");
            case Failure.Interrupted _ -> ours("Interrupted");
            case Failure.InvalidConfiguration _ -> ours("InvalidConfiguration");
            case Failure.InvalidId _ -> ours("InvalidId");
            case Failure.InvalidReference _ -> ours("InvalidReference");
            case Failure.InvalidSource _ -> ours("InvalidSource");
            case Failure.LoadFailed _ -> ours("LoadFailed");
            case Failure.NoOrigin _ -> ours("NoOrigin");
            case Failure.NoRollback _ -> ours("NoRollback");
            case Failure.NoSpace _ -> ours("NoSpace");
            case Failure.NoSuchFile _ -> ours("NoSuchFile");
            case Failure.NoSuchImage _ -> ours("NoSuchImage");
            case Failure.NoSuchSnapshot _ -> ours("NoSuchSnapshot");
            case Failure.NotBootable _ -> ours("NotBootable");
            case Failure.NotBtrfs _ -> ours("NotBtrfs");
            case Failure.NotCancelable _ -> ours("NotCancelable");
            case Failure.PullFailed _ -> ours("PullFailed");
            case Failure.RequestIdInUse _ -> ours("RequestIdInUse");
            case Failure.SnapshotInUse _ -> ours("SnapshotInUse");
            case Failure.StorageFailed _ -> ours("StorageFailed");
        };
    }

    private static String ours(String name) {
        return Contract.BUS_NAME + ".Error." + name;
    }
}
