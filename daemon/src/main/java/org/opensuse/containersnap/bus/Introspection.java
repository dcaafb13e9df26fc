package org.opensuse.containersnap.bus;

import java.util.Collection;
import java.util.List;

/// Writes introspection data from the contract: names, types, directions, annotations, without the comments.
final class Introspection {
    private static final String HEADER = """
            <!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"
             "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">
            """;

    private final StringBuilder out = new StringBuilder(HEADER);

    private Introspection() {}

    /// The data of an object.
    ///
    /// @param children names of the objects directly below
    static String of(Collection<Contract.Interface> interfaces, Collection<String> children) {
        Introspection data = new Introspection();
        data.out.append("<node>\n");
        interfaces.forEach(data::append);
        for (String child : children) {
            data.out.append("  <node name=\"").append(child).append("\"/>\n");
        }
        return data.out.append("</node>\n").toString();
    }

    private void append(Contract.Interface contract) {
        out.append("  <interface name=\"").append(contract.name()).append("\">\n");
        for (Contract.Method method : contract.methods().values()) {
            out.append("    <method name=\"").append(method.name()).append("\">\n");
            append(method.in(), " direction=\"in\"");
            append(method.out(), " direction=\"out\"");
            out.append("    </method>\n");
        }
        for (Contract.Property property : contract.properties().values()) {
            append(property);
        }
        for (Contract.Signal signal : contract.signals().values()) {
            out.append("    <signal name=\"").append(signal.name()).append("\">\n");
            append(signal.arguments(), "");
            out.append("    </signal>\n");
        }
        out.append("  </interface>\n");
    }

    private void append(List<Contract.Argument> arguments, String direction) {
        for (Contract.Argument argument : arguments) {
            out.append("      <arg name=\"").append(argument.name());
            out.append("\" type=\"").append(argument.type()).append('"');
            out.append(direction).append("/>\n");
        }
    }

    private void append(Contract.Property property) {
        out.append("    <property name=\"").append(property.name());
        out.append("\" type=\"").append(property.type());
        out.append("\" access=\"")
                .append(property.writable() ? "readwrite" : "read")
                .append("\">\n");
        property.annotations().forEach((name, value) -> {
            out.append("      <annotation name=\"").append(name);
            out.append("\" value=\"").append(value).append("\"/>\n");
        });
        out.append("    </property>\n");
    }
}
