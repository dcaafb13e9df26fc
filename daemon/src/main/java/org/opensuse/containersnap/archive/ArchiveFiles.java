package org.opensuse.containersnap.archive;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.opensuse.containersnap.engine.Archives;
import org.opensuse.containersnap.kernel.Descriptor;
import org.opensuse.containersnap.kernel.FileCalls;
import org.opensuse.containersnap.kernel.SystemError;
import org.opensuse.containersnap.kernel.UserRights;
import org.opensuse.containersnap.snapshot.ArchiveSource;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.LoadFailed;
import org.opensuse.containersnap.snapshot.Failure.NoSuchFile;
import org.opensuse.containersnap.snapshot.User;

/// [Archives] on the file system.
///
/// The path is walked once, to a handle on the file that does not open it yet. Whether it is a regular file is asked of
/// the handle, and through the handle it is opened for reading. So nothing that happens to the path meanwhile matters,
/// and no pipe or device is opened even for a moment: it might never open, or do something when it is.
public final class ArchiveFiles implements Archives {
    private final FileCalls calls = new FileCalls();
    private final UserRights rights = new UserRights();

    @Override
    public OpenArchive open(ArchiveSource source, User user) throws Failure {
        try {
            return user.root() ? open(source) : rights.call(user.id(), user.groups(), () -> open(source));
        } catch (SystemError e) {
            throw new NoSuchFile(source.file(), reason(e));
        }
    }

    private OpenArchive open(ArchiveSource source) throws Failure, SystemError {
        Path file = source.file();
        try (Descriptor handle = calls.handle(file.toString())) {
            BasicFileAttributes attributes = Files.readAttributes(handle.path(), BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                throw new NoSuchFile(file, "it is a directory");
            }
            if (!attributes.isRegularFile()) {
                throw new NoSuchFile(file, "it is not a regular file");
            }
            if (attributes.size() == 0) {
                throw new LoadFailed(source, "it is empty");
            }
            return new OpenArchive(source, readable(handle.path()), attributes.size());
        } catch (AccessDeniedException _) {
            throw new NoSuchFile(file, "permission denied");
        } catch (FileSystemException e) {
            throw new NoSuchFile(file, String.valueOf(e.getReason()));
        } catch (IOException e) {
            throw new NoSuchFile(file, String.valueOf(e.getMessage()));
        }
    }

    /// A file that can be read again from its beginning, also by another thread after the one that read it was
    /// interrupted, which would close a channel. It is opened as a channel first for what that says when it
    /// can't be.
    private static RandomAccessFile readable(Path file) throws IOException {
        Files.newByteChannel(file).close();
        return new RandomAccessFile(file.toFile(), "r");
    }

    private static String reason(SystemError error) {
        return switch (error.errno()) {
            case SystemError.ENOENT, SystemError.ENOTDIR -> "there is no such file";
            case SystemError.EACCES -> "permission denied";
            case SystemError.ELOOP -> "it leads in a circle, or through a link of /proc to an open file";
            default -> String.valueOf(error.getMessage());
        };
    }
}
