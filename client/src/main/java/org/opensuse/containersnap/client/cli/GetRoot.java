package org.opensuse.containersnap.client.cli;

import java.util.Optional;
import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;

/// Prints a snapshot's directory.
record GetRoot(SnapshotId snapshot) implements Command {
    static final String HELP = """
            Prints the absolute path of the snapshot's directory, with a "/" at its end.
            In a chroot into the snapshot itself, where no system bus is, it is answered too.

            Example:
              ls $(container-snap get-root ID)etc
            """;

    private static final String ROOTS = "/var/lib/container-snap/roots/";

    static GetRoot parse(Words words) throws UsageError {
        return new GetRoot(SnapshotId.parse(words.onlyOperand("ID")));
    }

    @Override
    public void run(Session session) throws BusFailure, CommandFailed {
        try {
            session.line(
                    session.bus().call(Method.GET_ROOT, Session.value(snapshot)).text());
        } catch (BusFailure.Unreachable e) {
            if (!e.absent() || !session.settings().local() || !isOwnRoot(session)) {
                throw e;
            }
            session.line(ROOTS + snapshot + "/");
        }
    }

    /*
     * tukit asks from within a chroot into the new snapshot, whose empty /run holds no bus. There the snapshot's
     * directory is mounted on /, and the directory's name is the snapshot's ID. The answer is the path outside, as
     * the service gives it before and after.
     */
    private boolean isOwnRoot(Session session) {
        Optional<String> mounted = session.host().read("/proc/self/mountinfo").flatMap(MountInfo::rootOfSlash);
        return mounted.isPresent()
                && mounted.get().endsWith("/" + snapshot)
                && !mounted.get().endsWith("/btrfs/subvolumes/" + snapshot);
    }
}
