package org.opensuse.containersnap.bus;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/// The interfaces of the service, read from the introspection XML that is also installed for clients.
final class Contract {
    static final String BUS_NAME = "org.opensuse.containersnap1";
    static final String MANAGER = BUS_NAME + ".Manager";
    static final String IMAGE = BUS_NAME + ".Image";
    static final String SNAPSHOT = BUS_NAME + ".Snapshot";
    static final String JOB = BUS_NAME + ".Job";
    static final String LOG_CONTROL = "org.freedesktop.LogControl1";

    private static final String EMITS_CHANGED = "org.freedesktop.DBus.Property.EmitsChangedSignal";
    private static final List<String> FILES =
            List.of("standard.xml", MANAGER + ".xml", IMAGE + ".xml", SNAPSHOT + ".xml", JOB + ".xml");

    private final Map<String, Interface> interfaces;

    private Contract(Map<String, Interface> interfaces) {
        this.interfaces = interfaces;
    }

    /// An interface with its members in the order of the file.
    record Interface(
            String name, Map<String, Method> methods, Map<String, Property> properties, Map<String, Signal> signals) {}

    /// A method.
    ///
    /// @param in the arguments, @param out the values of the reply
    record Method(String name, List<Argument> in, List<Argument> out) {
        String signatureIn() {
            return signature(in);
        }

        String signatureOut() {
            return signature(out);
        }
    }

    /// An argument of a method or signal.
    record Argument(String name, String type) {}

    /// A property, which can be read.
    ///
    /// @param writable whether it can be set too
    /// @param annotations their values by their names, in the order of the file
    record Property(String name, String type, boolean writable, Map<String, String> annotations) {
        /// Whether a change is told with the new value.
        boolean tellsValue() {
            return changes().equals("true");
        }

        /// Whether it is the same as long as the object is there.
        boolean constant() {
            return changes().equals("const");
        }

        private String changes() {
            return annotations.getOrDefault(EMITS_CHANGED, "true");
        }
    }

    /// A signal.
    record Signal(String name, List<Argument> arguments) {
        String signature() {
            return Contract.signature(arguments);
        }
    }

    /// Reads the contract that is built into the program.
    static Contract load() {
        Map<String, Interface> interfaces = new LinkedHashMap<>();
        for (String file : FILES) {
            for (Element element : children(parse(file), "interface")) {
                Interface read = readInterface(element);
                interfaces.put(read.name(), read);
            }
        }
        return new Contract(interfaces);
    }

    Interface get(String name) {
        Interface found = interfaces.get(name);
        if (found == null) {
            throw new IllegalArgumentException("the contract has no interface " + name);
        }
        return found;
    }

    private static String signature(List<Argument> arguments) {
        return arguments.stream().map(Argument::type).collect(Collectors.joining());
    }

    private static Element parse(String file) {
        try (InputStream in = Contract.class.getResourceAsStream("contract/" + file)) {
            if (in == null) {
                throw new IllegalStateException("the program lacks its contract " + file);
            }
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
            return factory.newDocumentBuilder().parse(new InputSource(in)).getDocumentElement();
        } catch (IOException | ParserConfigurationException | SAXException e) {
            throw new IllegalStateException("reading the contract " + file, e);
        }
    }

    private static Interface readInterface(Element element) {
        Map<String, Method> methods = new LinkedHashMap<>();
        for (Element method : children(element, "method")) {
            String name = method.getAttribute("name");
            methods.put(name, new Method(name, arguments(method, "in"::equals), arguments(method, "out"::equals)));
        }
        Map<String, Property> properties = new LinkedHashMap<>();
        for (Element property : children(element, "property")) {
            String name = property.getAttribute("name");
            boolean writable = property.getAttribute("access").equals("readwrite");
            Map<String, String> annotations = new LinkedHashMap<>();
            children(property, "annotation")
                    .forEach(each -> annotations.put(each.getAttribute("name"), each.getAttribute("value")));
            properties.put(name, new Property(name, property.getAttribute("type"), writable, annotations));
        }
        Map<String, Signal> signals = new LinkedHashMap<>();
        for (Element signal : children(element, "signal")) {
            String name = signal.getAttribute("name");
            signals.put(name, new Signal(name, arguments(signal, _ -> true)));
        }
        return new Interface(element.getAttribute("name"), methods, properties, signals);
    }

    private static List<Argument> arguments(Element member, Predicate<String> direction) {
        return children(member, "arg").stream()
                .filter(argument -> direction.test(argument.getAttribute("direction")))
                .map(argument -> new Argument(argument.getAttribute("name"), argument.getAttribute("type")))
                .toList();
    }

    private static List<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        NodeList nodes = parent.getChildNodes();
        for (int i = 0; i < nodes.getLength(); i++) {
            Node node = nodes.item(i);
            if (node instanceof Element element && element.getTagName().equals(name)) {
                found.add(element);
            }
        }
        return found;
    }
}
