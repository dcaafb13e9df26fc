package org.opensuse.containersnap.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;

/// The calls of the C library that Java has no word for.
@SuppressWarnings("restricted") // calling native code is what this class is for
public final class LibC {
    private static final int SIGKILL = 9;
    private static final int O_RDONLY = 0;
    private static final int O_WRONLY = 1;
    private static final int O_NOFOLLOW = 0x20000;

    private static final int O_CLOEXEC = 0x80000;
    private static final int F_DUPFD_CLOEXEC = 1030;

    /// _IOWR('f', 11, struct fiemap)
    private static final long FS_IOC_FIEMAP = 0xC020660BL;

    /// struct fiemap without extents: two uint64 (start, length), four uint32 (flags, mapped, count, reserved).
    private static final long FIEMAP_BYTES = 32;

    private static final long FIEMAP_LENGTH = 8;
    private static final long FIEMAP_FLAGS = 16;
    private static final int FIEMAP_FLAG_SYNC = 1;

    private final Downcall open = variadic("open", 2, ADDRESS, JAVA_INT);
    private final Downcall fcntl = variadic("fcntl", 2, JAVA_INT, JAVA_INT, JAVA_INT);
    private final Downcall ioctl = variadic("ioctl", 2, JAVA_INT, JAVA_LONG, ADDRESS);
    private final Downcall fsync =
            Downcall.withErrno(Downcall.symbolOfLibC("fsync"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private final Downcall fallocate = Downcall.withErrno(
            Downcall.symbolOfLibC("posix_fallocate"), FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private final Downcall close =
            Downcall.withErrno(Downcall.symbolOfLibC("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private final Downcall raise =
            Downcall.withErrno(Downcall.symbolOfLibC("raise"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private final Downcall strerror =
            Downcall.withoutErrno(Downcall.symbolOfLibC("strerror"), FunctionDescriptor.of(ADDRESS, JAVA_INT));

    /// What an errno means, in the C library's words.
    public String words(int errno) {
        return strerror.call(errno) instanceof MemorySegment words
                ? words.reinterpret(Long.MAX_VALUE).getString(0)
                : "error " + errno;
    }

    /// Ends this process as SIGKILL from outside does: nothing of it runs any more.
    public void killThisProcess() {
        try (Arena arena = Arena.ofConfined()) {
            raise.callInt(Downcall.captured(arena), SIGKILL);
        }
    }

    /// Another descriptor for what one stands for, which no program gets that is started.
    public Descriptor duplicate(int descriptor) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = Downcall.captured(arena);
            int number = check("duplicate", fcntl.callInt(captured, descriptor, F_DUPFD_CLOEXEC, 0), captured);
            return new Descriptor(this, number);
        }
    }

    void close(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            close.callInt(Downcall.captured(arena), descriptor);
        }
    }

    /// Brings a file's data into the running transaction of its file system, by the kernel's FIEMAP (linux/fiemap.h).
    ///
    /// With FIEMAP_FLAG_SYNC btrfs writes the data out and waits until its extents stand in the tree (btrfs_fiemap,
    /// since Linux 6.1; before, for data small enough to stand in the tree itself). The next commit makes them
    /// durable, together with all else that was done until then: no commit of the file's own, as fsync makes one.
    public void writeBack(String file) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment fiemap = arena.allocate(FIEMAP_BYTES, Long.BYTES);
            fiemap.set(JAVA_LONG, FIEMAP_LENGTH, -1L);
            fiemap.set(JAVA_INT, FIEMAP_FLAGS, FIEMAP_FLAG_SYNC);
            withOpen(
                    file,
                    (captured, descriptor) ->
                            check("write back", ioctl.callInt(captured, descriptor, FS_IOC_FIEMAP, fiemap), captured));
        }
    }

    /// Makes a file's data durable, or the names in a directory, by fsync(2). Java has it for files only, and there an
    /// interrupt ends it.
    public void force(String path) throws SystemError {
        withOpen(path, (captured, descriptor) -> check("sync", fsync.callInt(captured, descriptor), captured));
    }

    /// Gives a file space on its file system, by posix_fallocate(3); it reads as zeros. Links are not followed.
    public void allocate(String file, long bytes) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = Downcall.captured(arena);
            int descriptor = check(
                    "open",
                    open.callInt(captured, arena.allocateFrom(file), O_WRONLY | O_CLOEXEC | O_NOFOLLOW),
                    captured);
            try {
                int errno = fallocate.callInt(captured, descriptor, 0L, bytes);
                if (errno != 0) {
                    throw new SystemError(errno, "could not allocate space: " + words(errno));
                }
            } finally {
                close.callInt(captured, descriptor);
            }
        }
    }

    private interface Use {
        void of(MemorySegment captured, int descriptor) throws SystemError;
    }

    private void withOpen(String path, Use use) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = Downcall.captured(arena);
            int descriptor =
                    check("open", open.callInt(captured, arena.allocateFrom(path), O_RDONLY | O_CLOEXEC), captured);
            try {
                use.of(captured, descriptor);
            } finally {
                close.callInt(captured, descriptor);
            }
        }
    }

    /// Asks a file system by an ioctl(2) on a directory.
    ///
    /// @param argument the request's struct, which the answer comes in
    public void ioctl(String directory, long request, MemorySegment argument) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = Downcall.captured(arena);
            int descriptor = check(
                    "open", open.callInt(captured, arena.allocateFrom(directory), O_RDONLY | O_CLOEXEC), captured);
            try {
                check("ask the file system", ioctl.callInt(captured, descriptor, request, argument), captured);
            } finally {
                close.callInt(captured, descriptor);
            }
        }
    }

    private int check(String verb, int result, MemorySegment captured) throws SystemError {
        if (result < 0) {
            int errno = Downcall.errno(captured);
            throw new SystemError(errno, "could not " + verb + ": " + words(errno));
        }
        return result;
    }

    /// @param fixed how many parameters come before the variable ones
    private static Downcall variadic(String name, int fixed, MemoryLayout... parameters) {
        return Downcall.withErrno(
                Downcall.symbolOfLibC(name),
                FunctionDescriptor.of(JAVA_INT, parameters),
                Linker.Option.firstVariadicArg(fixed));
    }
}
