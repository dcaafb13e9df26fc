package org.opensuse.containersnap.bus;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.wire.Call;
import org.opensuse.containersnap.wire.TypedValue;

/// An object of the service with the one interface of the contract that it has.
///
/// @param path where it is
/// @param target what it stands for, as read at the moment of the call
/// @param manager whether it has org.freedesktop.DBus.ObjectManager too
record BusObject<T>(String path, T target, Binding<T> binding, boolean manager) {
    Contract.Interface contract() {
        return binding.contract();
    }

    List<?> call(String method, Call call) throws Failure, InterruptedException {
        return binding.call(method, target, call);
    }

    TypedValue read(Contract.Property property) throws Failure, InterruptedException {
        return binding.read(property, target);
    }

    void write(Contract.Property property, Object value, Call call) throws Failure, InterruptedException {
        binding.write(property, target, value, call);
    }

    Map<String, TypedValue> readAll() throws Failure, InterruptedException {
        return binding.readAll(target);
    }

    /// Its interfaces with their properties, as InterfacesAdded and GetManagedObjects give them.
    Map<String, Map<String, TypedValue>> interfaces() throws Failure, InterruptedException {
        Map<String, Map<String, TypedValue>> interfaces = new LinkedHashMap<>();
        interfaces.put(contract().name(), readAll());
        return interfaces;
    }
}
