package org.opensuse.containersnap.process;

import java.io.IOException;
import org.opensuse.containersnap.kernel.SystemError;

/// What is arranged for a process before it starts, by a thread whose mounts and umask are seen by nobody
/// but that process and its descendants.
@FunctionalInterface
public interface Setup {
    void arrange() throws IOException, SystemError;
}
