package org.opensuse.containersnap.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;

/// The system calls on mounts. What they do is of the calling thread alone once it has called [#leave].
@SuppressWarnings("restricted") // calling native code is what this class is for
public final class MountCalls {
    private static final int CLONE_NEWNS = 0x00020000;
    private static final long MS_NOSUID = 1 << 1;
    private static final long MS_NODEV = 1 << 2;
    private static final long MS_BIND = 1 << 12;
    private static final long MS_REC = 1 << 14;
    private static final long MS_SLAVE = 1 << 19;

    /// mount_setattr(2), which older C libraries have no function for: the same number everywhere.
    private static final long SYS_MOUNT_SETATTR = 442;

    private static final int AT_FDCWD = -100;
    private static final int AT_RECURSIVE = 0x8000;

    /// struct mount_attr: uint64 attr_set, attr_clr, propagation, userns_fd.
    private static final long MOUNT_ATTR_BYTES = 32;

    private static final long MOUNT_ATTR_CLEAR = 8;
    private static final long MOUNT_ATTR_RDONLY = 1;

    private final LibC libC = new LibC();
    private final Downcall unshare =
            Downcall.withErrno(Downcall.symbolOfLibC("unshare"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private final Downcall mount = Downcall.withErrno(
            Downcall.symbolOfLibC("mount"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));
    private final Downcall setAttributes = Downcall.withErrno(
            Downcall.symbolOfLibC("syscall"),
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
    private final Downcall umask =
            Downcall.withoutErrno(Downcall.symbolOfLibC("umask"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    /// Gives the calling thread mounts, a root, a working directory and a umask of its own (unshare(2)).
    /// New mounts of the machine come in, none goes out.
    public void leave() throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = Downcall.captured(arena);
            check("leave the mounts", unshare.callInt(captured, CLONE_NEWNS), captured);
        }
        mount("none", "/", "", MS_REC | MS_SLAVE, "");
    }

    /// Which permissions new files of the calling thread don't get.
    public void umask(int mask) {
        umask.callInt(mask);
    }

    /// Shows a file or directory in another place too, without what is mounted in there.
    public void bind(String source, String target) throws SystemError {
        mount(source, target, "", MS_BIND, "");
    }

    /// As [#bind], with what is mounted in there.
    public void bindAll(String source, String target) throws SystemError {
        mount(source, target, "", MS_BIND | MS_REC, "");
    }

    /// An empty file system in memory.
    ///
    /// @param mode of its top directory, in octal digits
    public void memory(String target, String mode) throws SystemError {
        mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, "mode=" + mode);
    }

    /// Lets a mount and all below be written to, as far as their file systems can be.
    public void allowWriting(String target) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = Downcall.captured(arena);
            MemorySegment attributes = arena.allocate(MOUNT_ATTR_BYTES, Long.BYTES);
            attributes.set(JAVA_LONG, MOUNT_ATTR_CLEAR, MOUNT_ATTR_RDONLY);
            int result = setAttributes.callInt(
                    captured,
                    SYS_MOUNT_SETATTR,
                    AT_FDCWD,
                    arena.allocateFrom(target),
                    AT_RECURSIVE,
                    attributes,
                    MOUNT_ATTR_BYTES);
            check("make " + target + " writable", result, captured);
        }
    }

    private void mount(String source, String target, String type, long flags, String data) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = Downcall.captured(arena);
            int result = mount.callInt(
                    captured,
                    arena.allocateFrom(source),
                    arena.allocateFrom(target),
                    arena.allocateFrom(type),
                    flags,
                    arena.allocateFrom(data));
            check("mount " + source + " on " + target, result, captured);
        }
    }

    private void check(String verb, int result, MemorySegment captured) throws SystemError {
        if (result < 0) {
            int errno = Downcall.errno(captured);
            throw new SystemError(errno, "could not " + verb + ": " + libC.words(errno));
        }
    }
}
