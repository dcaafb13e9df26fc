package org.opensuse.containersnap.engine;

import java.nio.file.Path;
import java.util.List;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Finding;

/// The port to what tells whether a root can be booted.
public interface Inspection {
    /// Holds a root against each requirement, in their order. Nothing of it is run.
    ///
    /// @param root may be hostile
    List<Finding> inspect(Path root) throws Failure;
}
