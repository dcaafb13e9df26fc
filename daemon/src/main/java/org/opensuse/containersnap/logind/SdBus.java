package org.opensuse.containersnap.logind;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.kernel.Descriptor;
import org.opensuse.containersnap.kernel.Downcall;
import org.opensuse.containersnap.kernel.LibC;
import org.opensuse.containersnap.kernel.SystemError;

/// A D-Bus call that is answered with a file descriptor, by libsystemd's sd-bus(3): dbus-java's transport passes none.
@SuppressWarnings("restricted") // calling native code is what this class is for
final class SdBus {
    private static final byte TEXT = 's';
    private static final byte DESCRIPTOR = 'h';

    /// struct sd_bus_error: two addresses (name, message), an int.
    private static final long ERROR_BYTES = 24;

    private static final long ERROR_MESSAGE = 8;

    private final LibC libC = new LibC();
    private final SymbolLookup library;
    private final Downcall create;
    private final Downcall setAddress;
    private final Downcall setBusClient;
    private final Downcall start;
    private final Downcall closeAndForget;
    private final Downcall newCall;
    private final Downcall setAutoStart;
    private final Downcall append;
    private final Downcall call;
    private final Downcall read;
    private final Downcall forgetMessage;
    private final Downcall forgetError;

    private SdBus(SymbolLookup library) {
        this.library = library;
        create = function("sd_bus_new", ADDRESS);
        setAddress = function("sd_bus_set_address", ADDRESS, ADDRESS);
        setBusClient = function("sd_bus_set_bus_client", ADDRESS, JAVA_INT);
        start = function("sd_bus_start", ADDRESS);
        newCall = function("sd_bus_message_new_method_call", ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
        setAutoStart = function("sd_bus_message_set_auto_start", ADDRESS, JAVA_INT);
        append = function("sd_bus_message_append_basic", ADDRESS, JAVA_BYTE, ADDRESS);
        call = function("sd_bus_call", ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);
        read = function("sd_bus_message_read_basic", ADDRESS, JAVA_BYTE, ADDRESS);
        closeAndForget = Downcall.withoutErrno(find("sd_bus_close_unref"), FunctionDescriptor.of(ADDRESS, ADDRESS));
        forgetMessage = Downcall.withoutErrno(find("sd_bus_message_unref"), FunctionDescriptor.of(ADDRESS, ADDRESS));
        forgetError = Downcall.withoutErrno(find("sd_bus_error_free"), FunctionDescriptor.ofVoid(ADDRESS));
    }

    /// Opens the library; empty when it is not installed.
    static Optional<SdBus> find() {
        try {
            return Optional.of(new SdBus(SymbolLookup.libraryLookup("libsystemd.so.0", Arena.global())));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /// A method of an object on a bus.
    record Method(String busAddress, String destination, String path, String interfaceName, String member) {}

    /// Calls a method, on a connection of its own. A destination that does not run is not started.
    ///
    /// @param texts its arguments
    /// @return the descriptor that it answers with
    /// @throws IOException when there is no such answer in time
    Descriptor descriptorFrom(Method method, List<String> texts, Duration timeout) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bus = connect(arena, method.busAddress());
            try {
                return descriptorFrom(arena, bus, method, texts, timeout);
            } finally {
                closeAndForget.call(bus);
            }
        } catch (SystemError e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private MemorySegment connect(Arena arena, String address) throws IOException {
        MemorySegment place = arena.allocate(ADDRESS);
        check("make a connection", create.callInt(place));
        MemorySegment bus = place.get(ADDRESS, 0);
        boolean connected = false;
        try {
            check("take the address " + address, setAddress.callInt(bus, arena.allocateFrom(address)));
            check("be a client", setBusClient.callInt(bus, 1));
            check("connect to " + address, start.callInt(bus));
            connected = true;
            return bus;
        } finally {
            if (!connected) {
                closeAndForget.call(bus);
            }
        }
    }

    private Descriptor descriptorFrom(
            Arena arena, MemorySegment bus, Method method, List<String> texts, Duration timeout)
            throws IOException, SystemError {
        MemorySegment request = request(arena, bus, method, texts);
        try {
            MemorySegment error = arena.allocate(ERROR_BYTES, Long.BYTES);
            MemorySegment place = arena.allocate(ADDRESS);
            long microseconds = timeout.toNanos() / 1000;
            try {
                int result = call.callInt(bus, request, microseconds, error, place);
                if (result < 0) {
                    throw new IOException(words(error, result));
                }
            } finally {
                forgetError.call(error);
            }
            return descriptorIn(arena, place.get(ADDRESS, 0));
        } finally {
            forgetMessage.call(request);
        }
    }

    private MemorySegment request(Arena arena, MemorySegment bus, Method method, List<String> texts)
            throws IOException {
        MemorySegment place = arena.allocate(ADDRESS);
        check(
                "make a call",
                newCall.callInt(
                        bus,
                        place,
                        arena.allocateFrom(method.destination()),
                        arena.allocateFrom(method.path()),
                        arena.allocateFrom(method.interfaceName()),
                        arena.allocateFrom(method.member())));
        MemorySegment request = place.get(ADDRESS, 0);
        boolean made = false;
        try {
            check("start nothing", setAutoStart.callInt(request, 0));
            for (String text : texts) {
                check("add an argument", append.callInt(request, TEXT, arena.allocateFrom(text)));
            }
            made = true;
            return request;
        } finally {
            if (!made) {
                forgetMessage.call(request);
            }
        }
    }

    /// The message's own descriptor is closed with it.
    private Descriptor descriptorIn(Arena arena, MemorySegment reply) throws IOException, SystemError {
        try {
            MemorySegment number = arena.allocate(JAVA_INT);
            check("find a descriptor in the answer", read.callInt(reply, DESCRIPTOR, number));
            return libC.duplicate(number.get(JAVA_INT, 0));
        } finally {
            forgetMessage.call(reply);
        }
    }

    private String words(MemorySegment error, int result) {
        MemorySegment message = error.get(ADDRESS, ERROR_MESSAGE);
        return message.equals(MemorySegment.NULL)
                ? libC.words(-result)
                : message.reinterpret(Long.MAX_VALUE).getString(0);
    }

    /// @param result negative for an errno
    private void check(String verb, int result) throws IOException {
        if (result < 0) {
            throw new IOException("can't " + verb + ": " + libC.words(-result));
        }
    }

    private Downcall function(String name, MemoryLayout... parameters) {
        return Downcall.withoutErrno(find(name), FunctionDescriptor.of(JAVA_INT, parameters));
    }

    private MemorySegment find(String name) {
        return library.find(name).orElseThrow(() -> new IllegalArgumentException("libsystemd has no " + name));
    }
}
