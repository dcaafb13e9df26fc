package org.opensuse.containersnap.bus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opensuse.containersnap.journal.Event;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.AccessDenied;
import org.opensuse.containersnap.snapshot.Failure.Bug;
import org.opensuse.containersnap.snapshot.Failure.InteractiveAuthorizationRequired;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.Quoted;
import org.opensuse.containersnap.wire.BusConnection;
import org.opensuse.containersnap.wire.BusError;
import org.opensuse.containersnap.wire.Call;
import org.opensuse.containersnap.wire.TypedValue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// Answers calls by the contract: what is not in it is refused under the standard names, everything else goes to the
/// object's binding. Every call gets exactly one answer.
final class Dispatcher {
    private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);
    private static final String STANDARD = "org.freedesktop.DBus.";
    private static final String PEER = STANDARD + "Peer";
    private static final String INTROSPECTABLE = STANDARD + "Introspectable";
    private static final String PROPERTIES = STANDARD + "Properties";
    private static final String OBJECT_MANAGER = STANDARD + "ObjectManager";

    /// No path of an object is longer.
    private static final int LONGEST_PATH = 160;

    private static final Path MACHINE_ID = Path.of("/etc/machine-id");

    private final Contract contract;
    private final ObjectTree tree;
    private final Announcer announcer;
    private final List<Contract.Interface> ofEveryObject;
    private final DenialQuota denials;

    Dispatcher(Contract contract, ObjectTree tree, Announcer announcer, Clock clock) {
        this.contract = contract;
        this.tree = tree;
        this.announcer = announcer;
        this.denials = new DenialQuota(clock);
        this.ofEveryObject = List.of(contract.get(PEER), contract.get(INTROSPECTABLE), contract.get(PROPERTIES));
    }

    /// A method of an interface that the object has.
    private record Found(Contract.Interface contract, Contract.Method method) {}

    /// Whether a call changes nothing, by the names that the contract gives: one that wants no answer is for nothing.
    static boolean onlyReads(String member) {
        return member.startsWith("Get")
                || member.startsWith("List")
                || member.equals("Verify")
                || member.equals("Introspect")
                || member.equals("Ping");
    }

    /// Answers a call, on a thread that may block.
    void answer(Call call, BusConnection connection) {
        try {
            Optional<? extends BusObject<?>> object = tree.find(call.path());
            if (object.isEmpty()) {
                announcer.missed(call.path());
            }
            Found found = find(call, object);
            call.readArguments();
            List<?> values = run(call, found, object);
            connection.reply(call, found.method().signatureOut(), values);
        } catch (BusError e) {
            connection.error(call, e.name(), String.valueOf(e.getMessage()));
        } catch (Failure e) {
            tell(call, e);
            connection.error(call, Boundary.nameOf(e), e.line());
        } catch (InterruptedException _) {
            connection.error(call, Boundary.nameOf(new Failure.Cancelled(call.member())), "the service is stopping");
        } catch (RuntimeException | Error e) {
            Bug bug = new Bug(e);
            about(log.atError(), call).setCause(e).log(bug.line());
            connection.error(call, Boundary.nameOf(bug), bug.line());
        }
    }

    private Found find(Call call, Optional<? extends BusObject<?>> object)
            throws BusError, Failure, InterruptedException {
        // The D-Bus specification has it answered whatever the path.
        List<Contract.Interface> interfaces =
                call.interfaceName().equals(PEER) ? List.of(contract.get(PEER)) : interfaces(call.path(), object);
        boolean interfaceKnown = false;
        for (Contract.Interface candidate : interfaces) {
            if (call.interfaceName().isEmpty() || call.interfaceName().equals(candidate.name())) {
                interfaceKnown = true;
                Contract.Method method = candidate.methods().get(call.member());
                if (method != null) {
                    checkSignature(call, method);
                    return new Found(candidate, method);
                }
            }
        }
        if (!interfaceKnown) {
            throw new BusError(
                    Boundary.UNKNOWN_INTERFACE,
                    "object " + shown(call.path()) + " has no interface " + call.interfaceName());
        }
        throw new BusError(
                Boundary.UNKNOWN_METHOD,
                "object " + shown(call.path()) + " has no method "
                        + (call.interfaceName().isEmpty() ? "" : call.interfaceName() + ".") + call.member());
    }

    private List<Contract.Interface> interfaces(String path, Optional<? extends BusObject<?>> object) throws BusError {
        List<Contract.Interface> interfaces = new ArrayList<>(ofEveryObject);
        if (object.isPresent()) {
            if (object.get().manager()) {
                interfaces.add(contract.get(OBJECT_MANAGER));
            }
            interfaces.add(object.get().contract());
        } else if (!tree.isNode(path)) {
            throw new BusError(Boundary.UNKNOWN_OBJECT, "there is no object " + shown(path));
        }
        return interfaces;
    }

    private static void checkSignature(Call call, Contract.Method method) throws BusError {
        if (!call.signature().equals(method.signatureIn())) {
            throw new BusError(
                    Boundary.INVALID_ARGS,
                    "method " + method.name() + " takes '" + method.signatureIn() + "', not '" + call.signature()
                            + "'");
        }
    }

    private List<?> run(Call call, Found found, Optional<? extends BusObject<?>> object)
            throws BusError, Failure, InterruptedException {
        return switch (found.contract().name()) {
            case PEER -> call.member().equals("Ping") ? List.of() : List.of(machineId());
            case INTROSPECTABLE -> List.of(introspect(call.path(), object));
            case PROPERTIES -> properties(call, object);
            case OBJECT_MANAGER -> List.of(managedObjects());
            default -> object.orElseThrow().call(call.member(), call);
        };
    }

    private String introspect(String path, Optional<? extends BusObject<?>> object)
            throws BusError, Failure, InterruptedException {
        return Introspection.of(interfaces(path, object), tree.children(path));
    }

    private List<?> properties(Call call, Optional<? extends BusObject<?>> object)
            throws BusError, Failure, InterruptedException {
        String interfaceName = call.text(0);
        boolean ours = object.isPresent() && object.get().contract().name().equals(interfaceName);
        if (!ours
                && interfaces(call.path(), object).stream()
                        .noneMatch(known -> known.name().equals(interfaceName))) {
            throw new BusError(
                    Boundary.UNKNOWN_INTERFACE,
                    "object " + shown(call.path()) + " has no interface " + Quoted.of(interfaceName));
        }
        if (call.member().equals("GetAll")) {
            return List.of(ours ? readAll(object.orElseThrow()) : Map.of());
        }
        Contract.Property property =
                ours ? object.orElseThrow().contract().properties().get(call.text(1)) : null;
        if (property == null) {
            throw new BusError(
                    Boundary.UNKNOWN_PROPERTY,
                    "interface " + interfaceName + " has no property " + Quoted.of(call.text(1)));
        }
        if (call.member().equals("Set")) {
            set(call, property, object.orElseThrow());
            return List.of();
        }
        TypedValue value = object.orElseThrow().read(property);
        announcer.read(call.path(), Map.of(property.name(), value));
        return List.of(value);
    }

    private Map<String, TypedValue> readAll(BusObject<?> object) throws Failure, InterruptedException {
        Map<String, TypedValue> properties = object.readAll();
        announcer.read(object.path(), properties);
        return properties;
    }

    private static void set(Call call, Contract.Property property, BusObject<?> object)
            throws BusError, Failure, InterruptedException {
        if (!property.writable()) {
            throw new BusError(Boundary.PROPERTY_READ_ONLY, "property " + property.name() + " can only be read");
        }
        TypedValue value = (TypedValue) call.arguments().get(2);
        if (!value.signature().equals(property.type())) {
            throw new BusError(
                    Boundary.INVALID_ARGS,
                    "property " + property.name() + " is of type '" + property.type() + "', not '" + value.signature()
                            + "'");
        }
        object.write(property, value.value(), call);
    }

    private Map<String, Map<String, Map<String, TypedValue>>> managedObjects() throws Failure, InterruptedException {
        Map<String, Map<String, Map<String, TypedValue>>> objects = new LinkedHashMap<>();
        for (BusObject<?> object : tree.managed()) {
            objects.put(object.path(), Map.of(object.contract().name(), readAll(object)));
        }
        announcer.read(Contract.IMAGE, count(objects, Contract.IMAGE));
        announcer.read(Contract.SNAPSHOT, count(objects, Contract.SNAPSHOT));
        return objects;
    }

    private static int count(Map<String, Map<String, Map<String, TypedValue>>> objects, String kind) {
        return (int) objects.values().stream()
                .filter(interfaces -> interfaces.containsKey(kind))
                .count();
    }

    private void tell(Call call, Failure why) {
        if (why instanceof AccessDenied || why instanceof InteractiveAuthorizationRequired) {
            tellDenial(call, why);
        } else {
            // No more than a hint for who looks for it: anybody can have any number of these.
            about(log.atDebug(), call).addKeyValue(Key.ERROR, why.line()).log("refused");
        }
    }

    private void tellDenial(Call call, Failure why) {
        DenialQuota.Verdict verdict = denials.next(Callers.of(call).uid());
        if (verdict != DenialQuota.Verdict.DROP) {
            about(log.atWarn(), call)
                    .addKeyValue(Key.EVENT, Event.ACCESS_DENIED)
                    .addKeyValue(Key.ERROR, why.line())
                    .log("access denied");
        }
        if (verdict == DenialQuota.Verdict.TELL_LAST) {
            about(log.atWarn(), call).log("too many denials of a user, no more are told for a minute");
        }
    }

    private static LoggingEventBuilder about(LoggingEventBuilder entry, Call call) {
        return entry.addKeyValue(Key.MEMBER, call.member())
                .addKeyValue(Key.CALLER, call.peer().name())
                .addKeyValue(Key.CALLER_UID, Callers.of(call).uid());
    }

    /// A path of an object that is not there may be of any length.
    private static String shown(String path) {
        return Quoted.plain(path, LONGEST_PATH);
    }

    private static String machineId() throws Failure {
        try {
            return Files.readString(MACHINE_ID).strip();
        } catch (IOException e) {
            throw new StorageFailed("can't read " + MACHINE_ID + ": " + e.getMessage(), e);
        }
    }
}
