package org.opensuse.containersnap.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The system calls on files that take a directory's descriptor and a name in it, so that nothing that happens to the
/// names above matters. Names are bytes, as the kernel has them.
@SuppressWarnings("restricted") // calling native code is what this class is for
public final class FileCalls {
    /// openat2(2), which the C library has no function for: the same number everywhere.
    private static final long SYS_OPENAT2 = 437;

    /// struct open_how: uint64 flags, mode, resolve.
    private static final long OPEN_HOW_BYTES = 24;

    private static final long OPEN_HOW_MODE = 8;
    private static final long OPEN_HOW_RESOLVE = 16;
    private static final long RESOLVE_NO_XDEV = 0x01;
    private static final long RESOLVE_NO_MAGICLINKS = 0x02;
    private static final long RESOLVE_NO_SYMLINKS = 0x04;
    private static final long RESOLVE_BENEATH = 0x08;
    private static final long RESOLVE_IN_ROOT = 0x10;

    /// How often openat2(2) is asked again when the kernel could not be sure, since something was renamed meanwhile.
    private static final int TRIES = 1000;

    private static final int O_WRONLY = 1;
    private static final int O_CREAT = 0x40;
    private static final int O_EXCL = 0x80;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_PATH = 0x200000;

    /// These two have other values on some machines.
    private static final boolean ARM_OR_POWER = Set.of("aarch64", "ppc64le").contains(System.getProperty("os.arch"));

    private static final int O_DIRECTORY = ARM_OR_POWER ? 0x4000 : 0x10000;
    private static final int O_NOFOLLOW = ARM_OR_POWER ? 0x8000 : 0x20000;

    private static final int AT_FDCWD = -100;
    private static final int AT_REMOVEDIR = 0x200;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final long STATX_BYTES = 256;
    private static final int PRIVATE = 0600;

    /// _IOW(0x94, 9, int); on machines that count otherwise the kernel does not know it, and the file is copied.
    private static final long FICLONE = 0x40049409L;

    private static final int LONGEST_TARGET = 4096;
    private static final int LONGEST_ATTRIBUTE = 65536;
    private static final int DIRECTORY_BUFFER = 32768;
    private static final long TIMESPEC_BYTES = 16;

    private final LibC libC = new LibC();
    private final Downcall openat2 = Downcall.withErrno(
            Downcall.symbolOfLibC("syscall"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
    private final Downcall ioctl = Downcall.withErrno(
            Downcall.symbolOfLibC("ioctl"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    private final Downcall statx = of("statx", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
    private final Downcall readlinkat = of("readlinkat", JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
    private final Downcall getdents64 = of("getdents64", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    private final Downcall listxattr = of("listxattr", JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG);
    private final Downcall getxattr = of("getxattr", JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
    private final Downcall setxattr = of("setxattr", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT);
    private final Downcall removexattr = of("removexattr", JAVA_INT, ADDRESS, ADDRESS);
    private final Downcall fchownat = of("fchownat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT);
    private final Downcall chmod = of("chmod", JAVA_INT, ADDRESS, JAVA_INT);
    private final Downcall utimensat = of("utimensat", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
    private final Downcall mkdirat = of("mkdirat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private final Downcall symlinkat = of("symlinkat", JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
    private final Downcall mknodat = of("mknodat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG);
    private final Downcall linkat = of("linkat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT);
    private final Downcall unlinkat = of("unlinkat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private final Downcall renameat = of("renameat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);

    /// A handle on a directory of the machine, however it is named.
    public Descriptor directory(String path) throws SystemError {
        return open(AT_FDCWD, path.getBytes(StandardCharsets.UTF_8), O_PATH | O_DIRECTORY, 0, 0);
    }

    /// A handle on what a path of the machine leads to; nothing is opened. Links of /proc that lead past the
    /// permissions of the directories on the way are not followed.
    public Descriptor handle(String path) throws SystemError {
        return open(AT_FDCWD, path.getBytes(StandardCharsets.UTF_8), O_PATH, 0, RESOLVE_NO_MAGICLINKS);
    }

    /// A handle on what a path below a directory names, which may be a symbolic link itself; none on the way is
    /// followed.
    public Descriptor handle(Descriptor top, byte[] path) throws SystemError {
        return open(top.number(), path, O_PATH | O_NOFOLLOW, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    }

    /// A handle on what a path leads to for a process whose root is the directory.
    public Descriptor handleInRoot(Descriptor top, byte[] path) throws SystemError {
        return open(top.number(), path, O_PATH, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    }

    /// As [#handleInRoot], but nothing that is mounted in there is reached.
    public Descriptor handleInRootItself(Descriptor top, String path) throws SystemError {
        return open(
                top.number(),
                path.getBytes(StandardCharsets.UTF_8),
                O_PATH,
                0,
                RESOLVE_IN_ROOT | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS);
    }

    /// Makes a file that was not there, for its owner only, and opens it to be written.
    public Descriptor create(Descriptor directory, byte[] name) throws SystemError {
        return open(
                directory.number(),
                name,
                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
                PRIVATE,
                RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    }

    private Descriptor open(int directory, byte[] path, int flags, int mode, long resolve) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = Downcall.captured(arena);
            MemorySegment how = arena.allocate(OPEN_HOW_BYTES, Long.BYTES);
            how.set(JAVA_LONG, 0, flags | O_CLOEXEC);
            how.set(JAVA_LONG, OPEN_HOW_MODE, mode);
            how.set(JAVA_LONG, OPEN_HOW_RESOLVE, resolve);
            MemorySegment name = text(arena, path);
            int errno = 0;
            for (int i = 0; i < TRIES; i++) {
                if (openat2.call(captured, SYS_OPENAT2, directory, name, how, OPEN_HOW_BYTES) instanceof Long number
                        && number >= 0) {
                    return new Descriptor(libC, number.intValue());
                }
                errno = Downcall.errno(captured);
                if (errno != SystemError.EAGAIN) {
                    break;
                }
            }
            throw new SystemError(errno, libC.words(errno));
        }
    }

    public FileStatus status(Descriptor file) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(STATX_BYTES, Long.BYTES);
            call(arena, statx, file.number(), arena.allocateFrom(""), AT_EMPTY_PATH, STATX_BASIC_STATS, status);
            return new FileStatus(
                    Short.toUnsignedInt(status.get(JAVA_SHORT, 28)),
                    unsigned(status, 20),
                    unsigned(status, 24),
                    status.get(JAVA_LONG, 40),
                    unsigned(status, 16),
                    status.get(JAVA_LONG, 32),
                    device(unsigned(status, 136), unsigned(status, 140)),
                    device(unsigned(status, 128), unsigned(status, 132)),
                    time(status, 112),
                    time(status, 96));
        }
    }

    private static long unsigned(MemorySegment status, long offset) {
        return Integer.toUnsignedLong(status.get(JAVA_INT, offset));
    }

    private static Instant time(MemorySegment status, long offset) {
        return Instant.ofEpochSecond(status.get(JAVA_LONG, offset), unsigned(status, offset + Long.BYTES));
    }

    /// A dev_t, as the C library's gnu_dev_makedev makes it.
    private static long device(long major, long minor) {
        return (major & 0xffff_f000L) << 32 | (major & 0xfffL) << 8 | (minor & 0xffff_ff00L) << 12 | (minor & 0xffL);
    }

    /// What a symbolic link says.
    public byte[] target(Descriptor link) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(LONGEST_TARGET);
            long length = call(arena, readlinkat, link.number(), arena.allocateFrom(""), target, (long) LONGEST_TARGET);
            return target.asSlice(0, length).toArray(JAVA_BYTE);
        }
    }

    /// The names in a directory, without `.` and `..`.
    ///
    /// @param most after how many no more are read
    public List<byte[]> names(Descriptor directory, int most) throws SystemError {
        try (Arena arena = Arena.ofConfined();
                Descriptor open = open(directory.number(), new byte[] {'.'}, O_DIRECTORY, 0, RESOLVE_BENEATH)) {
            MemorySegment buffer = arena.allocate(DIRECTORY_BUFFER, Long.BYTES);
            List<byte[]> names = new ArrayList<>();
            while (true) {
                long filled = call(arena, getdents64, open.number(), buffer, (long) DIRECTORY_BUFFER);
                if (filled == 0 || names.size() > most) {
                    return names;
                }
                for (long at = 0; at < filled; at += Short.toUnsignedLong(buffer.get(JAVA_SHORT, at + 16))) {
                    byte[] name = nullTerminated(buffer, at + 19);
                    if (!isDots(name)) {
                        names.add(name);
                    }
                }
            }
        }
    }

    private static boolean isDots(byte[] name) {
        return name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
    }

    /// The names of a file's extended attributes.
    public List<byte[]> attributes(Descriptor file) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment list = arena.allocate(LONGEST_ATTRIBUTE);
            long length = call(arena, listxattr, reached(arena, file), list, (long) LONGEST_ATTRIBUTE);
            List<byte[]> names = new ArrayList<>();
            for (long at = 0; at < length; ) {
                byte[] name = nullTerminated(list, at);
                names.add(name);
                at += name.length + 1;
            }
            return names;
        } catch (SystemError e) {
            if (e.errno() == SystemError.EOPNOTSUPP) {
                return List.of();
            }
            throw e;
        }
    }

    /// The value of an extended attribute.
    ///
    /// @throws SystemError ENODATA when there is none of that name
    public byte[] attribute(Descriptor file, byte[] name) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(LONGEST_ATTRIBUTE);
            long length =
                    call(arena, getxattr, reached(arena, file), text(arena, name), value, (long) LONGEST_ATTRIBUTE);
            return value.asSlice(0, length).toArray(JAVA_BYTE);
        }
    }

    public void setAttribute(Descriptor file, byte[] name, byte[] value) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, value);
            call(arena, setxattr, reached(arena, file), text(arena, name), bytes, (long) value.length, 0);
        }
    }

    public void removeAttribute(Descriptor file, byte[] name) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            call(arena, removexattr, reached(arena, file), text(arena, name));
        }
    }

    public void setOwner(Descriptor file, long uid, long gid) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            call(arena, fchownat, file.number(), arena.allocateFrom(""), (int) uid, (int) gid, AT_EMPTY_PATH);
        }
    }

    /// Sets the permissions.
    ///
    /// @param file anything but a symbolic link, which has no mode of its own
    public void setMode(Descriptor file, int mode) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            call(arena, chmod, reached(arena, file), mode);
        }
    }

    /// Sets the times of the last access and of the last change of the content.
    public void setModified(Descriptor file, Instant modified) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment times = arena.allocate(2 * TIMESPEC_BYTES, Long.BYTES);
            for (long at = 0; at < 2 * TIMESPEC_BYTES; at += TIMESPEC_BYTES) {
                times.set(JAVA_LONG, at, modified.getEpochSecond());
                times.set(JAVA_LONG, at + Long.BYTES, modified.getNano());
            }
            call(arena, utimensat, file.number(), arena.allocateFrom(""), times, AT_EMPTY_PATH);
        }
    }

    /// Makes a directory, for its owner only.
    public void makeDirectory(Descriptor directory, byte[] name) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            call(arena, mkdirat, directory.number(), text(arena, name), 0700);
        }
    }

    public void makeLink(Descriptor directory, byte[] name, byte[] target) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            call(arena, symlinkat, text(arena, target), directory.number(), text(arena, name));
        }
    }

    /// Makes a pipe, socket or device.
    ///
    /// @param type the type bits of a mode
    public void makeNode(Descriptor directory, byte[] name, int type, long special) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            call(arena, mknodat, directory.number(), text(arena, name), type | PRIVATE, special);
        }
    }

    /// Gives a file another name.
    public void makeHardLink(Descriptor directory, byte[] name, Descriptor to, byte[] newName) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            call(arena, linkat, directory.number(), text(arena, name), to.number(), text(arena, newName), 0);
        }
    }

    public void rename(Descriptor directory, byte[] name, Descriptor to, byte[] newName) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            call(arena, renameat, directory.number(), text(arena, name), to.number(), text(arena, newName));
        }
    }

    public void removeFile(Descriptor directory, byte[] name) throws SystemError {
        remove(directory, name, 0);
    }

    /// Removes a directory that is empty.
    public void removeDirectory(Descriptor directory, byte[] name) throws SystemError {
        remove(directory, name, AT_REMOVEDIR);
    }

    private void remove(Descriptor directory, byte[] name, int flags) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            call(arena, unlinkat, directory.number(), text(arena, name), flags);
        }
    }

    /// Lets a new file share the content of another one.
    ///
    /// @param source a handle on a regular file
    /// @return false where the file systems can't
    public boolean share(Descriptor source, Descriptor target) throws SystemError {
        try (Arena arena = Arena.ofConfined();
                Descriptor readable =
                        open(AT_FDCWD, source.path().toString().getBytes(StandardCharsets.UTF_8), 0, 0, 0)) {
            call(arena, ioctl, target.number(), FICLONE, readable.number());
            return true;
        } catch (SystemError e) {
            return switch (e.errno()) {
                case SystemError.EXDEV, SystemError.EOPNOTSUPP, SystemError.EINVAL, SystemError.ENOTTY -> false;
                default -> throw e;
            };
        }
    }

    /// A path for calls that take no handle: what the descriptor stands for, also when that is a symbolic link.
    private static MemorySegment reached(Arena arena, Descriptor file) {
        return arena.allocateFrom(file.path().toString());
    }

    private static MemorySegment text(Arena arena, byte[] bytes) {
        MemorySegment text = arena.allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, text, JAVA_BYTE, 0, bytes.length);
        return text;
    }

    private static byte[] nullTerminated(MemorySegment segment, long start) {
        long end = start;
        while (segment.get(JAVA_BYTE, end) != 0) {
            end++;
        }
        return segment.asSlice(start, end - start).toArray(JAVA_BYTE);
    }

    private long call(Arena arena, Downcall function, Object... arguments) throws SystemError {
        MemorySegment captured = Downcall.captured(arena);
        Object[] all = new Object[arguments.length + 1];
        all[0] = captured;
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        if (function.call(all) instanceof Number result && result.longValue() >= 0) {
            return result.longValue();
        }
        int errno = Downcall.errno(captured);
        throw new SystemError(errno, libC.words(errno));
    }

    private static Downcall of(String name, MemoryLayout result, MemoryLayout... parameters) {
        return Downcall.withErrno(Downcall.symbolOfLibC(name), FunctionDescriptor.of(result, parameters));
    }
}
