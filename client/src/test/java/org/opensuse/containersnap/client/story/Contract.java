package org.opensuse.containersnap.client.story;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/// The interfaces of the service, as `dbus-policy` has them.
final class Contract {
    static final Path DIRECTORY = Path.of("../dbus-policy");
    static final List<String> INTERFACES = List.of("Manager", "Image", "Snapshot", "Job");

    private Contract() {}

    /// A method, signal or property.
    ///
    /// @param kind `method`, `signal` or `property`
    /// @param in types of what goes in, of a method
    /// @param out types of what comes out
    record Member(String kind, String name, String in, String out) {}

    /// The members of an interface.
    ///
    /// @param name the last part of the interface's name
    static List<Member> members(String name) {
        List<Member> members = new ArrayList<>();
        for (Element member : children(find(read(name), name))) {
            String kind = member.getTagName();
            members.add(new Member(
                    kind,
                    member.getAttribute("name"),
                    types(member, "in"),
                    kind.equals("property")
                            ? member.getAttribute("type")
                            : types(member, kind.equals("signal") ? "" : "out")));
        }
        return members;
    }

    /// The methods that change something, such as `Manager.Pull`.
    static List<String> changes() {
        List<String> readers = List.of("ListImages", "ListSnapshots", "ListJobs", "GetRoot", "Verify", "GetPrunePlan");
        return INTERFACES.stream()
                .flatMap(name -> members(name).stream()
                        .filter(member -> member.kind().equals("method") && !readers.contains(member.name()))
                        .map(member -> name + "." + member.name()))
                .toList();
    }

    /// The elements of an interface with all their attributes, a line each.
    static List<String> describe(String name) {
        return describe(read(name), name);
    }

    /// The same of introspection data.
    static List<String> describe(String introspectionData, String name) {
        List<String> lines = new ArrayList<>();
        describe(find(introspectionData, name), "", lines);
        return lines;
    }

    private static void describe(Element element, String indent, List<String> lines) {
        Set<String> attributes = new TreeSet<>();
        for (int i = 0; i < element.getAttributes().getLength(); i++) {
            attributes.add(element.getAttributes().item(i).toString());
        }
        lines.add(indent + element.getTagName() + " " + attributes);
        children(element).forEach(child -> describe(child, indent + "  ", lines));
    }

    private static String read(String name) {
        try {
            return Files.readString(DIRECTORY.resolve(Machine.BUS_NAME + "." + name + ".xml"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Element find(String xml, String name) {
        return children(parse(xml)).stream()
                .filter(element -> element.getAttribute("name").equals(Machine.BUS_NAME + "." + name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no interface " + name + " in " + xml));
    }

    private static Element parse(String xml) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
            return factory.newDocumentBuilder()
                    .parse(new InputSource(new StringReader(xml)))
                    .getDocumentElement();
        } catch (ParserConfigurationException | SAXException | IOException e) {
            throw new AssertionError(xml, e);
        }
    }

    private static List<Element> children(Element element) {
        List<Element> children = new ArrayList<>();
        NodeList nodes = element.getChildNodes();
        for (int i = 0; i < nodes.getLength(); i++) {
            Node node = nodes.item(i);
            if (node instanceof Element child) {
                children.add(child);
            }
        }
        return children;
    }

    private static String types(Element member, String direction) {
        StringBuilder types = new StringBuilder();
        for (Element argument : children(member)) {
            if (argument.getTagName().equals("arg")
                    && argument.getAttribute("direction").equals(direction)) {
                types.append(argument.getAttribute("type"));
            }
        }
        return types.toString();
    }
}
