package org.opensuse.containersnap.engine;

import java.nio.file.Path;
import java.util.List;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// The port to the programs of the machine that make a new root ready to be booted.
public interface Hooks {
    /// The hooks that would be run now, in their order.
    ///
    /// @throws Failure.HookFailed when one may not be run
    List<Path> list() throws Failure;

    /// Runs all hooks, one after the other. When one fails, those after it are not run.
    ///
    /// Interrupting the calling thread ends the hook at work, also one that is not cancelable. Whatever way
    /// this ends, nothing that a hook started runs any more, and nothing that was mounted for it or by it is.
    ///
    /// @param root the snapshot's directory, which the hooks change
    /// @throws Failure.HookFailed when one fails, or may not be run; the root is in between then, and of no
    ///     use
    void run(SnapshotId id, Path root, HookListener listener) throws Failure, InterruptedException;
}
