package org.opensuse.containersnap.tree;

import java.time.Instant;
import org.opensuse.containersnap.kernel.FileStatus;

/// What there is under a path, as it was at one moment.
///
/// @param target of a symbolic link, a character for each byte; otherwise empty
public record Node(Kind kind, Attributes attributes, String target, FileStatus status) {
    public boolean isDirectory() {
        return kind == Kind.DIRECTORY;
    }

    public Instant modified() {
        return status.modified();
    }

    /// Whether it is the same file with the same content and attributes as at another moment.
    boolean unchangedSince(FileStatus before) {
        return status.inode() == before.inode()
                && status.device() == before.device()
                && status.size() == before.size()
                && status.modified().equals(before.modified())
                && status.changed().equals(before.changed());
    }

    /// Whether two hold the same, as far as that can be said without reading files.
    boolean looksLike(Node other) {
        return kind == other.kind
                && switch (kind) {
                    case FILE -> status.size() == other.status.size();
                    case LINK -> target.equals(other.target);
                    case CHARACTER_DEVICE, BLOCK_DEVICE -> status.special() == other.status.special();
                    case DIRECTORY, PIPE, SOCKET -> true;
                };
    }
}
