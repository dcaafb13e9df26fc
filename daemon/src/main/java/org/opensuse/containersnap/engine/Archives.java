package org.opensuse.containersnap.engine;

import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
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
    record OpenArchive(ArchiveSource source, RandomAccessFile file, long sizeBytes) implements Closeable {
        /// The content from its beginning; to be read by one reader at a time, who need not close it.
        public InputStream content() throws IOException {
            file.seek(0);
            return new FileInputStream(file.getFD());
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
