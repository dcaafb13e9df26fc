package org.opensuse.containersnap.btrfs;

/// What libbtrfsutil or the kernel refused, with its words and the errno behind it.
@SuppressWarnings("serial") // never serialized: it becomes a Failure
final class BtrfsError extends Exception {
    static final int ENOTTY = 25;
    static final int ENOSPC = 28;
    static final int EDQUOT = 122;

    private final int errno;

    BtrfsError(int errno, String words) {
        super(words);
        this.errno = errno;
    }

    int errno() {
        return errno;
    }

    boolean full() {
        return errno == ENOSPC || errno == EDQUOT;
    }
}
