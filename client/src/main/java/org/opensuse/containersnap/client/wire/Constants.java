package org.opensuse.containersnap.client.wire;

import org.teavm.interop.Import;
import org.teavm.interop.c.Include;

/// Constants of C, whose values differ between architectures.
@Include(value = "start.h", isSystem = false)
final class Constants {
    private Constants() {}

    @Import(name = "constant_CLOCK_MONOTONIC")
    static native int monotonic();

    @Import(name = "constant_EAGAIN")
    static native int eagain();

    @Import(name = "constant_ECONNREFUSED")
    static native int econnrefused();

    @Import(name = "constant_EINTR")
    static native int eintr();

    @Import(name = "constant_ENOENT")
    static native int enoent();

    @Import(name = "constant_F_GETFD")
    static native int getDescriptorFlags();

    @Import(name = "constant_O_CLOEXEC")
    static native int closeOnExec();

    @Import(name = "constant_O_RDONLY")
    static native int readOnly();

    @Import(name = "constant_POLLIN")
    static native int pollIn();

    @Import(name = "constant_POLLOUT")
    static native int pollOut();

    @Import(name = "constant_SFD_CLOEXEC")
    static native int signalfdCloseOnExec();

    @Import(name = "constant_SIGHUP")
    static native int sighup();

    @Import(name = "constant_SIGINT")
    static native int sigint();

    @Import(name = "constant_SIGPIPE")
    static native int sigpipe();

    @Import(name = "constant_SIGTERM")
    static native int sigterm();

    @Import(name = "constant_SIG_BLOCK")
    static native int block();

    @Import(name = "constant_TIOCGWINSZ")
    static native int getWindowSize();
}
