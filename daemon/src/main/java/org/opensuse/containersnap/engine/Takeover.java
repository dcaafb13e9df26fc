package org.opensuse.containersnap.engine;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.MergeConflict;

/// The port to what takes over into a new root what is the running system's.
public interface Takeover {
    /// Takes it over. When it fails or is interrupted the new root is in between, and of no use.
    ///
    /// @param pristine the root of the running system's image, as it was pulled; empty when it came from none
    /// @param target as the new image has it; may be hostile
    /// @return what somebody should look at
    /// @throws Failure.InvalidConfiguration when the running system's rules say something unknown
    List<MergeConflict> into(Path target, Optional<Path> pristine) throws Failure, InterruptedException;

    /// Tells what [#into] would do, and changes nothing.
    Preview preview(Path target, Optional<Path> pristine) throws Failure, InterruptedException;

    /// What would be taken over.
    ///
    /// @param paths how many would become other than the image has them
    record Preview(int paths, List<MergeConflict> conflicts) {}
}
