package org.opensuse.containersnap.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A function of a C library.
@SuppressWarnings("restricted") // calling native code is what this class is for
public record Downcall(MethodHandle function) {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURED.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    /// A function that sets errno when it fails.
    public static Downcall withErrno(MemorySegment symbol, FunctionDescriptor descriptor, Linker.Option... options) {
        List<Linker.Option> all = new ArrayList<>(List.of(options));
        all.add(Linker.Option.captureCallState("errno"));
        return new Downcall(LINKER.downcallHandle(symbol, descriptor, all.toArray(Linker.Option[]::new)));
    }

    /// A function that says by its result all that there is to say.
    public static Downcall withoutErrno(MemorySegment symbol, FunctionDescriptor descriptor) {
        return new Downcall(LINKER.downcallHandle(symbol, descriptor));
    }

    /// Room for the errno of calls, which is the first argument of a function that sets it.
    public static MemorySegment captured(Arena arena) {
        return arena.allocate(CAPTURED);
    }

    /// The errno of the last call.
    public static int errno(MemorySegment captured) {
        return (int) ERRNO.get(captured, 0L);
    }

    /// Where a function of the C library is.
    public static MemorySegment symbolOfLibC(String name) {
        return LINKER.defaultLookup().findOrThrow(name);
    }

    public @Nullable Object call(Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (Throwable e) {
            // A downcall itself throws only for arguments that do not fit its descriptor.
            throw new IllegalStateException("calling a C library", e);
        }
    }

    public int callInt(Object... arguments) {
        if (call(arguments) instanceof Integer result) {
            return result;
        }
        throw new IllegalStateException("a C library returned no int");
    }
}
