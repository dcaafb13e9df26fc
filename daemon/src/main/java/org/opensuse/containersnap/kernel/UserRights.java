package org.opensuse.containersnap.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Lets code look at files with the rights of a user and no more.
///
/// In Linux each thread has rights of its own; the C library alone keeps them equal, so some calls go past it. The code
/// runs on a thread that is made for it and ends with it: once it has given its rights away it can't take them back.
@SuppressWarnings("restricted") // calling native code is what this class is for
public final class UserRights {
    /// SYS_setgroups by os.arch: the library's function would change all threads.
    private static final Map<String, Long> SETGROUPS =
            Map.of("amd64", 116L, "aarch64", 159L, "riscv64", 159L, "ppc64le", 81L, "s390x", 206L);

    private static final int NOBODY = 65534;
    private static final int ASK = -1;

    /// struct __user_cap_header_struct: version 3, thread 0 (this one); its data is two times three masks of 32 bits.
    private static final int CAPABILITY_VERSION_3 = 0x20080522;

    private static final int CAPABILITY_HEADER_BYTES = 8;
    private static final int CAPABILITY_DATA_BYTES = 24;

    private final LibC libC = new LibC();
    private final Downcall syscall = Downcall.withErrno(
            Downcall.symbolOfLibC("syscall"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS),
            Linker.Option.firstVariadicArg(1));
    private final Downcall setfsuid = one("setfsuid");
    private final Downcall setfsgid = one("setfsgid");
    private final Downcall capset =
            Downcall.withErrno(Downcall.symbolOfLibC("capset"), FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));

    /// What is to be done with a user's rights.
    ///
    /// @param <T> what comes out
    /// @param <E> what it may fail with
    @FunctionalInterface
    public interface Task<T, E extends Exception> {
        T run() throws E, SystemError;
    }

    /// Runs a task on a thread that has the rights of a user on files, and no capability.
    ///
    /// @param groups of the user; none but these count
    /// @throws SystemError when the rights could not be taken; then the task did not run
    public <T, E extends Exception> T call(long uid, List<Long> groups, Task<T, E> task) throws E, SystemError {
        Outcome<T> outcome = new Outcome<>();
        Thread thread = Thread.ofPlatform().name("as-user-" + uid).unstarted(() -> {
            try {
                become((int) uid, groups);
                outcome.result = task.run();
            } catch (Exception | Error e) {
                outcome.thrown = e;
            }
        });
        thread.start();
        joinUninterruptibly(thread);
        return outcome.<E>get();
    }

    private static final class Outcome<T> {
        private @Nullable T result;
        private @Nullable Throwable thrown;

        @SuppressWarnings("unchecked") // a task throws nothing else
        private <E extends Exception> T get() throws E, SystemError {
            switch (thrown) {
                case null -> {}
                case SystemError e -> throw e;
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                default -> throw (E) thrown;
            }
            if (result == null) {
                throw new IllegalStateException("the task gave nothing");
            }
            return result;
        }
    }

    private void become(int uid, List<Long> groups) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = Downcall.captured(arena);
            setGroups(arena, captured, groups);
            int group = groups.isEmpty() ? NOBODY : groups.getFirst().intValue();
            setfsgid.callInt(captured, group);
            setfsuid.callInt(captured, uid);
            // Neither says whether it worked; asked for an ID that there is none of, they tell the one in force.
            if (setfsgid.callInt(captured, ASK) != group || setfsuid.callInt(captured, ASK) != uid) {
                throw new SystemError(SystemError.EPERM, "could not take the rights of user " + uid);
            }
            dropCapabilities(arena, captured);
        }
    }

    private void setGroups(Arena arena, MemorySegment captured, List<Long> groups) throws SystemError {
        Long number = SETGROUPS.get(System.getProperty("os.arch"));
        if (number == null) {
            throw new SystemError(
                    SystemError.EPERM, "can't take a user's rights on " + System.getProperty("os.arch") + " machines");
        }
        int[] ids = groups.stream().mapToInt(Long::intValue).toArray();
        MemorySegment list = arena.allocateFrom(JAVA_INT, ids);
        if (!Long.valueOf(0).equals(syscall.call(captured, number, (long) ids.length, list))) {
            throw refused("take the user's groups", captured);
        }
    }

    private void dropCapabilities(Arena arena, MemorySegment captured) throws SystemError {
        MemorySegment header = arena.allocate(CAPABILITY_HEADER_BYTES, Integer.BYTES);
        header.set(JAVA_INT, 0, CAPABILITY_VERSION_3);
        MemorySegment none = arena.allocate(CAPABILITY_DATA_BYTES, Integer.BYTES);
        if (capset.callInt(captured, header, none) != 0) {
            throw refused("give up all capabilities", captured);
        }
    }

    private SystemError refused(String verb, MemorySegment captured) {
        int errno = Downcall.errno(captured);
        return new SystemError(errno, "could not " + verb + ": " + libC.words(errno));
    }

    private static void joinUninterruptibly(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static Downcall one(String name) {
        return Downcall.withErrno(Downcall.symbolOfLibC(name), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    }
}
