package org.opensuse.containersnap.process;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.opensuse.containersnap.kernel.Downcall;
import org.opensuse.containersnap.kernel.LibC;

/// Mounts that only one process and its descendants see, and that go with them.
///
/// A thread of Linux may have a mount namespace of its own (unshare(2)), and hands it on to what it starts. So the
/// process is started by a thread that ends right after.
final class PrivateMounts {
    private static final int CLONE_NEWNS = 0x00020000;
    private static final long MS_BIND = 1 << 12;
    private static final long MS_REC = 1 << 14;
    private static final long MS_SLAVE = 1 << 19;

    private static final LibC LIB_C = new LibC();
    private static final Downcall UNSHARE =
            Downcall.withErrno(Downcall.symbolOfLibC("unshare"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final Downcall MOUNT = Downcall.withErrno(
            Downcall.symbolOfLibC("mount"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));

    private PrivateMounts() {}

    /// Starts a process that sees other directories in place of some.
    ///
    /// @param mounts what it sees, by where it sees it; when there is none, this needs no privilege
    static Process start(ProcessBuilder builder, Map<Path, Path> mounts) throws IOException {
        if (mounts.isEmpty()) {
            return builder.start();
        }
        FutureTask<Process> start = new FutureTask<>(startWith(builder, mounts));
        Thread.ofPlatform().name("mounts").start(start);
        return await(start);
    }

    private static Callable<Process> startWith(ProcessBuilder builder, Map<Path, Path> mounts) {
        return () -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment captured = Downcall.captured(arena);
                check("leave the mounts", UNSHARE.callInt(captured, CLONE_NEWNS), captured);
                // New mounts of the machine come in, none goes out.
                mount(arena, captured, "none", Path.of("/"), MS_REC | MS_SLAVE);
                for (Map.Entry<Path, Path> mount : mounts.entrySet()) {
                    mount(arena, captured, mount.getValue().toString(), mount.getKey(), MS_BIND);
                }
            }
            return builder.start();
        };
    }

    /// Waits, which takes no longer than the start of a process. An interrupt does not shorten it and is kept.
    private static Process await(FutureTask<Process> start) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return start.get();
                } catch (InterruptedException _) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof IOException failed) {
                        throw failed;
                    }
                    throw new IllegalStateException(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void mount(Arena arena, MemorySegment captured, String source, Path target, long flags)
            throws IOException {
        int result = MOUNT.callInt(
                captured,
                arena.allocateFrom(source),
                arena.allocateFrom(target.toString()),
                MemorySegment.NULL,
                flags,
                MemorySegment.NULL);
        check("mount " + source + " on " + target, result, captured);
    }

    private static void check(String verb, int result, MemorySegment captured) throws IOException {
        if (result < 0) {
            throw new IOException("could not " + verb + ": " + LIB_C.words(Downcall.errno(captured)));
        }
    }
}
