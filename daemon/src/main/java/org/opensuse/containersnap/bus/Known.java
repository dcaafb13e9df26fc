package org.opensuse.containersnap.bus;

import java.util.LinkedHashMap;
import java.util.Map;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.wire.TypedValue;

/// What an object was like when it was read.
///
/// @param properties all of the interface
record Known(Contract.Interface contract, Map<String, TypedValue> properties) {
    static Known of(BusObject<?> object) throws Failure, InterruptedException {
        return new Known(object.contract(), object.readAll());
    }

    boolean image() {
        return contract.name().equals(Contract.IMAGE);
    }

    boolean manager() {
        return contract.name().equals(Contract.MANAGER);
    }

    /// Whether all these values are the same here.
    boolean agrees(Map<String, TypedValue> read) {
        return properties.entrySet().containsAll(read.entrySet());
    }

    /// Whether this is another object of the same name: something else is what never changes of an object.
    boolean replaced(Known before) {
        return contract.properties().values().stream()
                .filter(Contract.Property::constant)
                .anyMatch(property -> different(property, before));
    }

    /// The values that are to be told and were others before.
    Map<String, TypedValue> differences(Known before) {
        Map<String, TypedValue> different = new LinkedHashMap<>();
        properties.forEach((name, value) -> {
            Contract.Property property = contract.properties().get(name);
            if (property != null && property.tellsValue() && different(property, before)) {
                different.put(name, value);
            }
        });
        return different;
    }

    private boolean different(Contract.Property property, Known before) {
        TypedValue value = properties.get(property.name());
        return value != null && !value.equals(before.properties.get(property.name()));
    }
}
