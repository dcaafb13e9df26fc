package org.opensuse.containersnap.kernel;

/// What the kernel refused, to this process or to a library in it, with the errno and the words for it.
@SuppressWarnings("serial") // never serialized: it becomes a Failure
public final class SystemError extends Exception {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int EAGAIN = 11;
    public static final int EACCES = 13;
    public static final int EXDEV = 18;
    public static final int ENODEV = 19;
    public static final int ENOTDIR = 20;
    public static final int EINVAL = 22;
    public static final int ENOTTY = 25;
    public static final int ENAMETOOLONG = 36;
    public static final int ELOOP = 40;
    public static final int ENODATA = 61;
    public static final int EOPNOTSUPP = 95;
    private static final int ENOSPC = 28;
    private static final int EDQUOT = 122;

    private final int errno;

    public SystemError(int errno, String words) {
        super(words);
        this.errno = errno;
    }

    public int errno() {
        return errno;
    }

    /// Whether there is no room.
    public boolean full() {
        return errno == ENOSPC || errno == EDQUOT;
    }
}
