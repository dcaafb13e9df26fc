package org.opensuse.containersnap.client.wire;

import org.teavm.interop.Address;
import org.teavm.interop.Import;
import org.teavm.interop.c.Include;

/// The functions of libc that this program calls.
final class LibC {
    /// Of struct pollfd.
    static final int POLLFD_SIZE = 8;

    static final int POLLFD_EVENTS_OFFSET = 4;
    static final int POLLFD_RETURNED_OFFSET = 6;

    private LibC() {}

    @Include("stdlib.h")
    @Import(name = "malloc")
    static native Address malloc(long size);

    @Include("string.h")
    @Import(name = "memcpy")
    static native Address memcpy(Address to, Address from, long size);

    @Include("string.h")
    @Import(name = "memset")
    static native Address memset(Address memory, int value, long size);

    @Include("string.h")
    @Import(name = "strlen")
    static native long strlen(Address text);

    @Include("string.h")
    @Import(name = "strerrordesc_np")
    static native Address strerrordesc(int errno);

    @Include("unistd.h")
    @Import(name = "_exit")
    static native void exit(int status);

    @Include("unistd.h")
    @Import(name = "read")
    static native long read(int fd, Address memory, long size);

    @Include("unistd.h")
    @Import(name = "write")
    static native long write(int fd, Address memory, long size);

    @Include("unistd.h")
    @Import(name = "close")
    static native int close(int fd);

    @Include("unistd.h")
    @Import(name = "isatty")
    static native int isatty(int fd);

    @Include("unistd.h")
    @Import(name = "getcwd")
    static native Address getcwd(Address memory, long size);

    @Include("fcntl.h")
    @Import(name = "open")
    static native int open(Address path, int flags);

    @Include("fcntl.h")
    @Import(name = "fcntl")
    static native int fcntl(int fd, int command);

    @Include("sys/ioctl.h")
    @Import(name = "ioctl")
    static native int ioctl(int fd, int request, Address memory);

    @Include("poll.h")
    @Import(name = "poll")
    static native int poll(Address descriptors, long count, int timeoutMillis);

    @Include("time.h")
    @Import(name = "clock_gettime")
    static native int clockGetTime(int clock, Address timespec);

    @Include("signal.h")
    @Import(name = "sigemptyset")
    static native int sigemptyset(Address set);

    @Include("signal.h")
    @Import(name = "sigaddset")
    static native int sigaddset(Address set, int signal);

    @Include("signal.h")
    @Import(name = "sigprocmask")
    static native int sigprocmask(int how, Address set, Address old);

    @Include("sys/signalfd.h")
    @Import(name = "signalfd")
    static native int signalfd(int fd, Address set, int flags);

    @Include(value = "start.h", isSystem = false)
    @Import(name = "container_snap_argument_count")
    static native int argumentCount();

    @Include(value = "start.h", isSystem = false)
    @Import(name = "container_snap_argument")
    static native Address argument(int number);

    @Include(value = "agent.h", isSystem = false)
    @Import(name = "container_snap_start_agent")
    static native void startAgent();

    @Include(value = "agent.h", isSystem = false)
    @Import(name = "container_snap_end_agent")
    static native void endAgent();

    @Include(value = "start.h", isSystem = false)
    @Import(name = "container_snap_errno")
    static native int errno();
}
