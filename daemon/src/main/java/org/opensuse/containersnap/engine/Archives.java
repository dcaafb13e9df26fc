package org.opensuse.containersnap.engine;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.opensuse.containersnap.snapshot.ArchiveSource;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.User;

/// The port to archive files on the machine.
public interface Archives {
    /// Opens an archive, with no more rights than the user has.
    ///
    /// @throws Failure.NoSuchFile when the user can't read it, or it is no regular file
    /// @throws Failure.LoadFailed when it is empty
    OpenArchive open(ArchiveSource source, User user) throws Failure;

    /// An archive that is open: what happens to its name does not matter any more.
    record OpenArchive(ArchiveSource source, InputStream content, long sizeBytes) implements Closeable {
        @Override
        public void close() throws IOException {
            content.close();
        }
    }
}
