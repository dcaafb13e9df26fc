package org.opensuse.containersnap.tree;

/// What a path of a tree leads to.
///
/// @param mode the permission bits, with those of set-user-ID, set-group-ID and the sticky bit
/// @param size in bytes
public record Status(Kind kind, int mode, long size) {
    private static final int TYPE_BITS = 0170000;
    private static final int EXECUTE_BITS = 0111;

    /// Of what kind it is.
    public enum Kind {
        FILE("a file"),
        DIRECTORY("a directory"),
        LINK("a symbolic link"),
        OTHER("a device, pipe or socket");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        /// As it is called in a sentence.
        @Override
        public String toString() {
            return words;
        }
    }

    /// @param mode as stat(2) gives it, with the type
    static Status of(int mode, long size) {
        Kind kind = switch (mode & TYPE_BITS) {
            case 0100000 -> Kind.FILE;
            case 0040000 -> Kind.DIRECTORY;
            case 0120000 -> Kind.LINK;
            default -> Kind.OTHER;
        };
        return new Status(kind, mode & ~TYPE_BITS, size);
    }

    /// Whether somebody may run it.
    public boolean executable() {
        return (mode & EXECUTE_BITS) != 0;
    }
}
