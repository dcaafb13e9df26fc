package org.opensuse.containersnap.journal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.kernel.Downcall;

/// The function of libsystemd that writes to the journal, sd_journal_sendv(3).
@SuppressWarnings("restricted") // calling native code is what this class is for
final class LibSystemd {
    /// struct iovec: an address and a size_t.
    private static final long IOVEC_BYTES = 16;

    private static final long IOVEC_LENGTH = 8;

    private final Downcall send;

    private LibSystemd(MemorySegment function) {
        send = Downcall.withoutErrno(function, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    }

    /// Opens the library; empty when it is not installed.
    static Optional<LibSystemd> find() {
        try {
            return SymbolLookup.libraryLookup("libsystemd.so.0", Arena.global())
                    .find("sd_journal_sendv")
                    .map(LibSystemd::new);
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /// Writes an entry.
    ///
    /// @param fields `NAME=value` each, of any bytes
    /// @return whether the journal took it; also when there is none, which the library takes for success
    boolean send(List<byte[]> fields) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment vector = arena.allocate(fields.size() * IOVEC_BYTES, Long.BYTES);
            long at = 0;
            for (byte[] field : fields) {
                vector.set(ADDRESS, at, arena.allocateFrom(JAVA_BYTE, field));
                vector.set(JAVA_LONG, at + IOVEC_LENGTH, field.length);
                at += IOVEC_BYTES;
            }
            return send.callInt(vector, fields.size()) >= 0;
        }
    }
}
