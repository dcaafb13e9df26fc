package org.opensuse.containersnap.bus;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.wire.Call;
import org.opensuse.containersnap.wire.TypedValue;

/// What stands behind the members of one interface of the contract.
///
/// @param <T> what an object that has the interface stands for
final class Binding<T> {
    private final Contract.Interface contract;
    private final Map<String, MethodHandler<T>> methods;
    private final Map<String, PropertyReader<T>> properties;
    private final Map<String, PropertyWriter<T>> writers;

    private Binding(
            Contract.Interface contract,
            Map<String, MethodHandler<T>> methods,
            Map<String, PropertyReader<T>> properties,
            Map<String, PropertyWriter<T>> writers) {
        this.contract = contract;
        this.methods = methods;
        this.properties = properties;
        this.writers = writers;
    }

    /// Runs a method whose arguments have the contract's signature; gives the values of the reply.
    @FunctionalInterface
    interface MethodHandler<T> {
        List<?> call(T target, Call call) throws Failure, InterruptedException;
    }

    /// Reads a property; gives a value of the contract's type.
    @FunctionalInterface
    interface PropertyReader<T> {
        Object read(T target) throws Failure, InterruptedException;
    }

    /// Sets a property to a value of the contract's type, if the caller may.
    @FunctionalInterface
    interface PropertyWriter<T> {
        void write(T target, Object value, Call call) throws Failure, InterruptedException;
    }

    static <T> Builder<T> of(Contract.Interface contract) {
        return new Builder<>(contract);
    }

    Contract.Interface contract() {
        return contract;
    }

    /// Calls a method that the contract has.
    List<?> call(String method, T target, Call call) throws Failure, InterruptedException {
        return find(methods, method).call(target, call);
    }

    /// Reads a property that the contract has.
    TypedValue read(Contract.Property property, T target) throws Failure, InterruptedException {
        return new TypedValue(property.type(), find(properties, property.name()).read(target));
    }

    /// Sets a property that the contract has as writable.
    ///
    /// @param value of the property's type
    void write(Contract.Property property, T target, Object value, Call call) throws Failure, InterruptedException {
        find(writers, property.name()).write(target, value, call);
    }

    /// All properties, by name in the order of the contract.
    Map<String, TypedValue> readAll(T target) throws Failure, InterruptedException {
        Map<String, TypedValue> values = new LinkedHashMap<>();
        for (Contract.Property property : contract.properties().values()) {
            values.put(property.name(), read(property, target));
        }
        return values;
    }

    private static <V> V find(Map<String, V> members, String name) {
        V member = members.get(name);
        if (member == null) {
            throw new IllegalArgumentException("no member " + name);
        }
        return member;
    }

    /// Collects the handlers.
    static final class Builder<T> {
        private final Contract.Interface contract;
        private final Map<String, MethodHandler<T>> methods = new LinkedHashMap<>();
        private final Map<String, PropertyReader<T>> properties = new LinkedHashMap<>();
        private final Map<String, PropertyWriter<T>> writers = new LinkedHashMap<>();

        private Builder(Contract.Interface contract) {
            this.contract = contract;
        }

        Builder<T> method(String name, MethodHandler<T> handler) {
            methods.put(name, handler);
            return this;
        }

        Builder<T> property(String name, PropertyReader<T> reader) {
            properties.put(name, reader);
            return this;
        }

        /// A property that can be set too.
        Builder<T> property(String name, PropertyReader<T> reader, PropertyWriter<T> writer) {
            writers.put(name, writer);
            return property(name, reader);
        }

        /// @throws IllegalStateException when the handlers are not those of the contract, one for each member
        Binding<T> build() {
            requireSame("methods", contract.methods().keySet(), methods.keySet());
            requireSame("properties", contract.properties().keySet(), properties.keySet());
            requireSame("writable properties", writable(), writers.keySet());
            return new Binding<>(contract, methods, properties, writers);
        }

        private Set<String> writable() {
            return contract.properties().values().stream()
                    .filter(Contract.Property::writable)
                    .map(Contract.Property::name)
                    .collect(Collectors.toSet());
        }

        private void requireSame(String what, Set<String> declared, Set<String> handled) {
            if (!declared.equals(handled)) {
                Set<String> different = new HashSet<>(declared);
                different.addAll(handled);
                different.removeIf(name -> declared.contains(name) && handled.contains(name));
                throw new IllegalStateException(
                        contract.name() + ": the contract and the program differ in the " + what + " " + different);
            }
        }
    }
}
