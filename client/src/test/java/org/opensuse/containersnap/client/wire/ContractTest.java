package org.opensuse.containersnap.client.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/// Holds what this program can call and read against the contract.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContractTest {
    private static final Path CONTRACT = Path.of("..", "dbus-policy");

    private final Map<String, String> members = new HashMap<>();

    @BeforeAll
    void readTheContract() throws IOException, ParserConfigurationException, SAXException {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        DocumentBuilder builder = factory.newDocumentBuilder();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(CONTRACT, Names.SERVICE + ".*.xml")) {
            for (Path file : files) {
                read(builder.parse(file.toFile()));
            }
        }
        assertThat(members).hasSizeGreaterThan(40);
    }

    private void read(Document document) {
        Element contract = (Element) document.getElementsByTagName("interface").item(0);
        String name = contract.getAttribute("name");
        for (Element method : elements(contract, "method")) {
            StringBuilder in = new StringBuilder();
            StringBuilder out = new StringBuilder();
            for (Element argument : elements(method, "arg")) {
                StringBuilder signature = argument.getAttribute("direction").equals("out") ? out : in;
                signature.append(argument.getAttribute("type"));
            }
            members.put(name + "." + method.getAttribute("name"), in + " -> " + out);
        }
        for (Element property : elements(contract, "property")) {
            members.put(name + "." + property.getAttribute("name"), property.getAttribute("type"));
        }
    }

    private static Iterable<Element> elements(Element parent, String tag) {
        NodeList nodes = parent.getElementsByTagName(tag);
        return () -> new java.util.Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return next < nodes.getLength();
            }

            @Override
            public Element next() {
                return (Element) Objects.requireNonNull(nodes.item(next++));
            }
        };
    }

    @ParameterizedTest
    @EnumSource(
            value = Method.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"GET_PROPERTY", "GET_PROPERTIES"})
    void everyMethodIsInTheContractWithItsSignature(Method method) {
        assertThat(members)
                .containsEntry(method.interfaceName() + "." + method.member(), method.in() + " -> " + method.out());
    }

    @ParameterizedTest
    @EnumSource(Property.class)
    void everyPropertyIsInTheContractWithItsSignature(Property property) {
        assertThat(members).containsEntry(property.interfaceName() + "." + property.member(), property.signature());
    }
}
