package org.opensuse.containersnap.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.opensuse.containersnap.polkit.Action;
import org.opensuse.containersnap.polkit.Operation;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Requirement;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/// The files in dbus-policy against the program.
class ContractTest {
    static final Path FILES = Path.of("../dbus-policy");
    private static final Contract CONTRACT = Contract.load();

    static List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(FILES)) {
            return all.filter(file -> file.getFileName().toString().endsWith(".xml"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void thereIsOneFileAnInterface() throws IOException {
        assertThat(files().stream().map(file -> file.getFileName().toString()))
                .containsExactly(
                        Contract.IMAGE + ".xml",
                        Contract.JOB + ".xml",
                        Contract.MANAGER + ".xml",
                        Contract.SNAPSHOT + ".xml");
    }

    @ParameterizedTest
    @MethodSource("files")
    void theIntrospectionDataThatIsServedEqualsTheFile(Path file) throws Exception {
        String name = interfaceName(file);
        String served = Introspection.of(List.of(CONTRACT.get(name)), List.of());

        assertThat(flatten(served)).isEqualTo(flatten(Files.readString(file))).hasSizeGreaterThan(10);
    }

    @ParameterizedTest
    @MethodSource("files")
    void everyMemberIsDocumented(Path file) throws Exception {
        String text = Files.readString(file);
        for (String member : members(text)) {
            assertThat(text).as("documentation of " + member).containsPattern("<!--\\s+" + member + ":");
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void everyArgumentOfAMethodIsDocumented(Path file) throws Exception {
        String text = Files.readString(file);
        Matcher method = Pattern.compile(
                        "<!--((?:(?!-->).)*)-->\\s*<(?:method|signal) name=\"(\\w+)\">(.*?)</", Pattern.DOTALL)
                .matcher(text);
        while (method.find()) {
            Matcher argument = Pattern.compile("<arg name=\"(\\w+)\"").matcher(method.group(3));
            while (argument.find()) {
                assertThat(method.group(1)).as(method.group(2)).contains("@" + argument.group(1) + ":");
            }
        }
    }

    @Test
    void argumentsAreInLowerSnakeCase() throws IOException {
        List<Path> all = files();
        for (Path file : all) {
            Matcher argument = Pattern.compile("<arg name=\"([^\"]*)\"").matcher(Files.readString(file));
            while (argument.find()) {
                assertThat(argument.group(1)).matches("[a-z]+(_[a-z]+)*");
            }
        }
    }

    @Test
    void everyErrorOfTheProgramIsDocumentedAndEveryDocumentedErrorExists() throws IOException {
        Set<String> inProgram = Arrays.stream(Failure.class.getPermittedSubclasses())
                .map(Class::getSimpleName)
                .collect(Collectors.toCollection(TreeSet::new));
        // These have other names on the bus.
        Map<String, String> renamed =
                Map.of("InvalidArguments", "InvalidArgs", "Bug", "Internal", "Stopping", "NoReply");
        inProgram.removeAll(renamed.keySet());
        inProgram.addAll(renamed.values());
        StringBuilder documentation = new StringBuilder();
        for (Path file : files()) {
            documentation.append(Files.readString(file));
        }
        Set<String> documented = new TreeSet<>();
        Matcher name = Pattern.compile(
                        "containersnap1\\.Error\\.([A-Z]\\w+)|(?:Errors[^:]*:|[;,(])\\s+([A-Z][a-z]+[A-Z]\\w+|Busy|Cancelled)")
                .matcher(documentation);
        while (name.find()) {
            documented.add(name.group(1) != null ? name.group(1) : name.group(2));
        }
        Matcher standard =
                Pattern.compile("org\\.freedesktop\\.DBus\\.Error\\.(\\w+)").matcher(documentation);
        while (standard.find()) {
            documented.add(standard.group(1));
        }
        documented.remove("NAME");

        assertThat(documented).containsAll(inProgram);
    }

    /// What the bus lets through to everybody is the contract, member by member.
    @Test
    void theBusPolicyNamesEveryMethodOfTheContract() throws Exception {
        Set<String> allowed = new TreeSet<>();
        NodeList rules = parse(Files.readString(FILES.resolve("org.opensuse.containersnap1.conf")))
                .getElementsByTagName("allow");
        for (int i = 0; i < rules.getLength(); i++) {
            Element rule = (Element) rules.item(i);
            if (rule.hasAttribute("send_member")) {
                assertThat(rule.getAttribute("send_destination")).isEqualTo(Contract.BUS_NAME);
                allowed.add(rule.getAttribute("send_interface") + "." + rule.getAttribute("send_member"));
            }
        }
        Set<String> inContract = new TreeSet<>();
        String standard = "org.freedesktop.DBus.";
        for (String name : List.of(
                Contract.MANAGER,
                Contract.IMAGE,
                Contract.SNAPSHOT,
                Contract.JOB,
                standard + "Introspectable",
                standard + "ObjectManager",
                standard + "Peer",
                standard + "Properties")) {
            CONTRACT.get(name).methods().keySet().forEach(method -> inContract.add(name + "." + method));
        }
        inContract.remove(standard + "Properties.Set");

        assertThat(allowed).isEqualTo(inContract);
    }

    @Test
    void everyActionOfPolkitIsAskedForAndDocumented() throws Exception {
        Set<String> declared = new TreeSet<>();
        NodeList actions = parse(Files.readString(FILES.resolve("org.opensuse.containersnap1.policy")))
                .getElementsByTagName("action");
        for (int i = 0; i < actions.getLength(); i++) {
            declared.add(((Element) actions.item(i)).getAttribute("id"));
        }
        Set<String> documented = new TreeSet<>();
        for (Path file : files()) {
            Matcher action = Pattern.compile("polkit action:[^.]*?(org\\.opensuse\\.containersnap1\\.[a-z]+)")
                    .matcher(Files.readString(file));
            while (action.find()) {
                documented.add(action.group(1));
            }
        }

        assertThat(declared)
                .isEqualTo(
                        Arrays.stream(Action.values()).map(Action::id).collect(Collectors.toCollection(TreeSet::new)))
                .isEqualTo(documented);
    }

    /// A call that only reads and wants no answer is dropped; one that changes something never.
    @Test
    void whatOnlyReadsIsKnownByItsName() throws IOException {
        Set<String> asksPolkit = new TreeSet<>();
        Set<String> reads = new TreeSet<>();
        for (Path file : files()) {
            String text = Files.readString(file);
            Matcher method = Pattern.compile("<!--\\s+(\\w+):((?:(?!-->).)*)-->\\s*<method", Pattern.DOTALL)
                    .matcher(text);
            while (method.find()) {
                (method.group(2).contains("polkit action:") ? asksPolkit : reads).add(method.group(1));
            }
        }

        assertThat(asksPolkit).hasSize(18).noneMatch(Dispatcher::onlyReads);
        assertThat(reads).hasSize(6).allMatch(Dispatcher::onlyReads);
        assertThat(Dispatcher.onlyReads("Set")).isFalse();
    }

    @ParameterizedTest
    @EnumSource(Requirement.class)
    void everyRequirementOfARootIsDocumented(Requirement requirement) throws IOException {
        String contract = Files.readString(FILES.resolve(Contract.MANAGER + ".xml"));
        String manual = Files.readString(Path.of("../client/src/main/distribution/container-snap.8"));

        assertThat(contract).containsPattern("\n {8}" + requirement + " +\\S");
        assertThat(manual).contains("\n.It Li " + requirement + "\n");
    }

    @ParameterizedTest
    @EnumSource(Operation.class)
    void whatRulesCanLookUpIsDocumented(Operation operation) throws IOException {
        String policy = Files.readString(FILES.resolve("org.opensuse.containersnap1.policy"));

        assertThat(policy).containsPattern("operation: [^<]*\\b" + operation + "\\b");
    }

    @Test
    void aMemberWithoutAHandlerStopsTheStart() {
        assertThatThrownBy(() -> Binding.of(CONTRACT.get(Contract.JOB)).build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Cancel");
    }

    @Test
    void aHandlerWithoutAMemberStopsTheStart() {
        assertThatThrownBy(() -> Binding.of(CONTRACT.get("org.freedesktop.DBus.Peer"))
                        .method("Ping", (_, _) -> List.of())
                        .method("GetMachineId", (_, _) -> List.of())
                        .method("Surprise", (_, _) -> List.of())
                        .build())
                .hasMessageContaining("Surprise");
    }

    @Test
    void aWritablePropertyWithoutAWriterStopsTheStart() {
        assertThatThrownBy(() -> Binding.of(CONTRACT.get(Contract.LOG_CONTROL))
                        .property("LogLevel", _ -> "")
                        .property("LogTarget", _ -> "", (_, _, _) -> {})
                        .property("SyslogIdentifier", _ -> "")
                        .build())
                .hasMessageContaining("writable properties [LogLevel]");
    }

    @Test
    void aWriterOfAReadOnlyPropertyStopsTheStart() {
        assertThatThrownBy(() -> Binding.of(CONTRACT.get(Contract.LOG_CONTROL))
                        .property("LogLevel", _ -> "", (_, _, _) -> {})
                        .property("LogTarget", _ -> "", (_, _, _) -> {})
                        .property("SyslogIdentifier", _ -> "", (_, _, _) -> {})
                        .build())
                .hasMessageContaining("writable properties [SyslogIdentifier]");
    }

    private static String interfaceName(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.length() - ".xml".length());
    }

    private static List<String> members(String text) {
        List<String> names = new ArrayList<>();
        Matcher member =
                Pattern.compile("<(?:method|signal|property) name=\"(\\w+)\"").matcher(text);
        while (member.find()) {
            names.add(member.group(1));
        }
        return names;
    }

    /// All elements with all their attributes, without comments and node names.
    static List<String> flatten(String xml) throws Exception {
        List<String> lines = new ArrayList<>();
        flatten(parse(xml).getDocumentElement(), "", lines);
        return lines;
    }

    private static Document parse(String xml) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        DocumentBuilder builder = factory.newDocumentBuilder();
        return builder.parse(new InputSource(new StringReader(xml)));
    }

    private static void flatten(Element element, String indent, List<String> lines) {
        StringBuilder line = new StringBuilder(indent).append(element.getTagName());
        Set<String> attributes = new TreeSet<>();
        for (int i = 0; i < element.getAttributes().getLength(); i++) {
            attributes.add(element.getAttributes().item(i).toString());
        }
        lines.add(line.append(' ').append(attributes).toString());
        NodeList children = element.getChildNodes();
        for (int i = 0; i < children.getLength(); i++) {
            Node child = children.item(i);
            if (child instanceof Element inner) {
                flatten(inner, indent + "  ", lines);
            }
        }
    }
}
