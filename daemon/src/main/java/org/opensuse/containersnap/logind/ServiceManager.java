package org.opensuse.containersnap.logind;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;
import org.opensuse.containersnap.kernel.Downcall;

/// What started this service, as libsystemd's sd_notify(3) reaches it.
@SuppressWarnings("restricted") // calling native code is what this class is for
final class ServiceManager {
    private final Downcall notify;

    private ServiceManager(Downcall notify) {
        this.notify = notify;
    }

    /// Opens the library; empty when it is not installed.
    static Optional<ServiceManager> find() {
        try {
            return SymbolLookup.libraryLookup("libsystemd.so.0", Arena.global())
                    .find("sd_notify")
                    .map(function -> new ServiceManager(
                            Downcall.withoutErrno(function, FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS))));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /// Tells it something of this service, such as `EXTEND_TIMEOUT_USEC=1000000`.
    ///
    /// @return whether there is one that took it
    boolean tell(String assignment) {
        try (Arena arena = Arena.ofConfined()) {
            return notify.callInt(0, arena.allocateFrom(assignment)) > 0;
        }
    }
}
