package org.opensuse.containersnap.engine;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;

/// The file that tells everybody that the machine is to be rebooted. Package managers write it too; the next boot takes
/// it away.
///
/// @param file such as `/run/reboot-needed`
record RebootFlag(Path file) {
    /// Makes it if it lacks.
    ///
    /// @return whether it was not there before
    boolean raise() throws Failure {
        try {
            Files.createFile(file);
            return true;
        } catch (FileAlreadyExistsException _) {
            return false;
        } catch (IOException e) {
            throw new StorageFailed("can't write " + file + ": " + e, e);
        }
    }

    void lower() throws Failure {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new StorageFailed("can't remove " + file + ": " + e, e);
        }
    }
}
