/*
 * What Java cannot see of C: the arguments of main, errno, and constants whose values differ between
 * architectures. TeaVM's own way to them, @Variable, gives two in one expression the same temporary variable.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <time.h>

extern int container_snap_argc;
extern char **container_snap_argv;

static inline int32_t container_snap_argument_count(void)
{
    return container_snap_argc;
}

static inline char *container_snap_argument(int32_t number)
{
    return container_snap_argv[number];
}

static inline int32_t container_snap_errno(void)
{
    return errno;
}

#define CONSTANT(name)                              \
    static inline int32_t constant_##name(void) \
    {                                               \
        return (int32_t)name;                       \
    }

CONSTANT(CLOCK_MONOTONIC)
CONSTANT(EAGAIN)
CONSTANT(ECONNREFUSED)
CONSTANT(EINTR)
CONSTANT(ENOENT)
CONSTANT(F_GETFD)
CONSTANT(O_CLOEXEC)
CONSTANT(O_RDONLY)
CONSTANT(POLLIN)
CONSTANT(POLLOUT)
CONSTANT(SFD_CLOEXEC)
CONSTANT(SIGHUP)
CONSTANT(SIGINT)
CONSTANT(SIGPIPE)
CONSTANT(SIGTERM)
CONSTANT(SIG_BLOCK)
CONSTANT(TIOCGWINSZ)
