package org.opensuse.containersnap.bus;

import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.journal.LogControl;
import org.opensuse.containersnap.journal.LogTarget;
import org.opensuse.containersnap.journal.Priority;
import org.opensuse.containersnap.polkit.Caller;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.AccessDenied;
import org.opensuse.containersnap.wire.Call;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// org.freedesktop.LogControl1, which `systemctl service-log-level container-snapd.service debug` sets. It needs root
/// and no polkit: nobody else has to do with what the journal holds.
final class LogControlObject {
    private static final Logger log = LoggerFactory.getLogger(LogControlObject.class);

    private LogControlObject() {}

    static BusObject<LogControl> of(Contract contract, LogControl control) {
        return new BusObject<>(Paths.LOG_CONTROL, control, bind(contract), false);
    }

    private static Binding<LogControl> bind(Contract contract) {
        return Binding.<LogControl>of(contract.get(Contract.LOG_CONTROL))
                .property("LogLevel", control -> control.level().toString(), LogControlObject::changeLevel)
                .property("LogTarget", control -> control.target().toString(), LogControlObject::changeTarget)
                .property("SyslogIdentifier", LogControl::identifier)
                .build();
    }

    private static void changeLevel(LogControl control, Object value, Call call) throws Failure {
        Caller caller = Callers.of(call);
        Priority level = Priority.parse((String) value);
        requireRoot(caller);
        // Told first: afterwards it may be less urgent than what is logged.
        tell("the log level", level, caller);
        control.changeLevel(level);
    }

    private static void changeTarget(LogControl control, Object value, Call call) throws Failure {
        Caller caller = Callers.of(call);
        LogTarget target = LogTarget.parse((String) value);
        requireRoot(caller);
        control.changeTarget(target);
        tell("the log target", target, caller);
    }

    private static void requireRoot(Caller caller) throws AccessDenied {
        if (!caller.root()) {
            throw new AccessDenied("user " + caller.uid() + " may not change what is logged; only root may");
        }
    }

    private static void tell(String what, Object value, Caller caller) {
        log.atInfo().addKeyValue(Key.CALLER_UID, caller.uid()).log("{} becomes {}", what, value);
    }
}
