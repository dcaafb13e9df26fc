package org.opensuse.containersnap.archive;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.opensuse.containersnap.engine.Archives;
import org.opensuse.containersnap.kernel.Descriptor;
import org.opensuse.containersnap.kernel.LibC;
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
    private final LibC libC = new LibC();
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
        try (Descriptor handle = libC.openPath(file.toString())) {
            BasicFileAttributes attributes = Files.readAttributes(handle.path(), BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                throw new NoSuchFile(file, "it is a directory");
            }
            if (!attributes.isRegularFile()) {
                throw new NoSuchFile(file, "it is not a regular file");
            }
            OpenArchive archive = new OpenArchive(source, Files.newInputStream(handle.path()), attributes.size());
            if (attributes.size() == 0) {
                archive.close();
                throw new LoadFailed(source, "it is empty");
            }
            return archive;
        } catch (AccessDeniedException _) {
            throw new NoSuchFile(file, "permission denied");
        } catch (FileSystemException e) {
            throw new NoSuchFile(file, String.valueOf(e.getReason()));
        } catch (IOException e) {
            throw new NoSuchFile(file, String.valueOf(e.getMessage()));
        }
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
