package org.opensuse.containersnap.bus;

import java.util.List;
import java.util.Map;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.wire.BusConnection;
import org.opensuse.containersnap.wire.TypedValue;

/// The standard signals of objects that come, change and go.
final class ObjectSignals {
    private static final String PROPERTIES = "org.freedesktop.DBus.Properties";
    private static final String OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager";

    private final BusConnection connection;

    ObjectSignals(BusConnection connection) {
        this.connection = connection;
    }

    /// Tells that an object came.
    void added(BusObject<?> object) throws Failure, InterruptedException {
        connection.signal(
                Paths.TOP,
                OBJECT_MANAGER,
                "InterfacesAdded",
                "oa{sa{sv}}",
                List.of(object.path(), object.interfaces()));
    }

    /// Tells that an object went.
    void removed(String path, Contract.Interface contract) {
        connection.signal(
                Paths.TOP, OBJECT_MANAGER, "InterfacesRemoved", "oas", List.of(path, List.of(contract.name())));
    }

    /// Tells properties that have new values.
    void changed(String path, Contract.Interface contract, Map<String, TypedValue> properties) {
        connection.signal(
                path, PROPERTIES, "PropertiesChanged", "sa{sv}as", List.of(contract.name(), properties, List.of()));
    }

    /// A signal of the manager itself about an object.
    void manager(String signal, String path) {
        connection.signal(Paths.TOP, Contract.MANAGER, signal, "o", List.of(path));
    }
}
