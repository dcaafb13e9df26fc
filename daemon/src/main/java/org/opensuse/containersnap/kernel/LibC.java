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
    private static final int O_RDONLY = 0;
    private static final int O_CLOEXEC = 0x80000;

    /// _IOWR('f', 11, struct fiemap)
    private static final long FS_IOC_FIEMAP = 0xC020660BL;

    /// struct fiemap without extents: two uint64 (start, length), four uint32 (flags, mapped, count, reserved).
    private static final long FIEMAP_BYTES = 32;

    private static final long FIEMAP_LENGTH = 8;
    private static final long FIEMAP_FLAGS = 16;
    private static final int FIEMAP_FLAG_SYNC = 1;

    private final Downcall open = variadic("open", 2, ADDRESS, JAVA_INT);
    private final Downcall ioctl = variadic("ioctl", 2, JAVA_INT, JAVA_LONG, ADDRESS);
    private final Downcall close =
            Downcall.withErrno(Downcall.symbolOfLibC("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private final Downcall strerror =
            Downcall.withoutErrno(Downcall.symbolOfLibC("strerror"), FunctionDescriptor.of(ADDRESS, JAVA_INT));

    /// What an errno means, in the C library's words.
    public String words(int errno) {
        return strerror.call(errno) instanceof MemorySegment words
                ? words.reinterpret(Long.MAX_VALUE).getString(0)
                : "error " + errno;
    }

    /// Brings a file's data into the running transaction of its file system, by the kernel's FIEMAP (linux/fiemap.h).
    ///
    /// With FIEMAP_FLAG_SYNC btrfs writes the data out and waits until its extents stand in the tree (btrfs_fiemap,
    /// since Linux 6.1; before, for data small enough to stand in the tree itself). The next commit makes them
    /// durable, together with all else that was done until then: no commit of the file's own, as fsync makes one.
    public void writeBack(String file) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = Downcall.captured(arena);
            int descriptor =
                    check("open", open.callInt(captured, arena.allocateFrom(file), O_RDONLY | O_CLOEXEC), captured);
            try {
                MemorySegment fiemap = arena.allocate(FIEMAP_BYTES, Long.BYTES);
                fiemap.set(JAVA_LONG, FIEMAP_LENGTH, -1L);
                fiemap.set(JAVA_INT, FIEMAP_FLAGS, FIEMAP_FLAG_SYNC);
                check("write back", ioctl.callInt(captured, descriptor, FS_IOC_FIEMAP, fiemap), captured);
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
