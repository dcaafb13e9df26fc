package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.BUS_NAME;
import static org.opensuse.containersnap.client.story.Machine.ROOTS;
import static org.opensuse.containersnap.client.story.Machine.TOP;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.story.Contract.Member;

/// Other people's programs read the service and find what the contract says: busctl, gdbus, and the script `bus-reader`
/// with D-Bus for Python and GLib, which desktop programs are made with.
class BusReadersIT {
    @RegisterExtension
    static final Lab lab = Lab.machine();

    private static final Machine machine = new Machine(lab);
    private static String image = "";
    private static String work = "";
    private static String job = "";

    @BeforeAll
    static void fill() {
        image = machine.pull("tiny:1");
        work = machine.create(image);
        job = new Bus(lab).lastJob().path();
    }

    @Test
    void theTreeShowsEveryObject() {
        String tree =
                lab.run("busctl", "--no-pager", "--list", "tree", BUS_NAME).ok();

        assertThat(tree.lines().filter(line -> line.startsWith(TOP)))
                .containsExactlyInAnyOrder(
                        TOP,
                        TOP + "/image",
                        TOP + "/image/" + image,
                        TOP + "/job",
                        job,
                        TOP + "/snapshot",
                        Bus.pathOf(image),
                        Bus.pathOf(work));
        String recursive = lab.run("gdbus", "introspect", "--system", "-d", BUS_NAME, "-o", TOP, "--recurse")
                .ok();
        for (String path : tree.lines().filter(line -> line.startsWith(TOP)).toList()) {
            assertThat(recursive).contains("node " + path + " {");
        }
    }

    static List<String> interfaces() {
        return Contract.INTERFACES;
    }

    @ParameterizedTest
    @MethodSource("interfaces")
    void theIntrospectionDataOfAnObjectIsTheContract(String name) {
        String data = lab.run("gdbus", "introspect", "--xml", "--system", "-d", BUS_NAME, "-o", object(name))
                .ok();

        assertThat(Contract.describe(data, name))
                .containsExactlyElementsOf(Contract.describe(name))
                .hasSizeGreaterThan(10);
        for (String other : List.of("Introspectable", "Peer", "Properties")) {
            assertThat(data).contains("<interface name=\"org.freedesktop.DBus." + other + "\">");
        }
        assertThat(data.contains("org.freedesktop.DBus.ObjectManager")).isEqualTo(name.equals("Manager"));
    }

    @ParameterizedTest
    @MethodSource("interfaces")
    void busctlShowsEveryMemberWithItsTypes(String name) {
        String table = lab.run("busctl", "--no-pager", "introspect", BUS_NAME, object(name), BUS_NAME + "." + name)
                .ok();

        for (Member member : Contract.members(name)) {
            String types = member.kind().equals("method") ? orDash(member.in()) + "\\s+" : "";
            assertThat(table)
                    .containsPattern("(?m)^\\." + member.name() + "\\s+" + member.kind() + "\\s+" + types
                            + orDash(member.out()) + "\\s");
        }
    }

    @Test
    void theFilesOfTheContractAreReadByOthers() {
        lab.bash("xmllint --nonet --noout \"$1\"/*.xml \"$1\"/*.conf", lab.inside(Contract.DIRECTORY))
                .ok();
        lab.bash(
                        "for file in \"$1\"/*.xml; do /usr/bin/python3 -c 'import sys; from gi.repository import Gio; "
                                + "Gio.DBusNodeInfo.new_for_xml(sys.stdin.read())' <$file; done",
                        lab.inside(Contract.DIRECTORY))
                .ok();
    }

    @Test
    void propertiesAreTheSameHoweverTheyAreReadAndOfTheTypesInTheContract() {
        List<String> managed = read("managed");

        assertThat(managed).containsExactlyElementsOf(read("lists")).containsExactlyElementsOf(read("properties"));
        List<String> types = interfaces().stream()
                .flatMap(name -> Contract.members(name).stream()
                        .map(member -> BUS_NAME + "." + name + " " + member.name() + " " + member.out()))
                .toList();
        for (String line : managed) {
            assertThat(Stream.of(line.split(" ", 5)).skip(1).limit(3).reduce((a, b) -> a + " " + b))
                    .hasValueSatisfying(name -> assertThat(types).contains(name));
        }
        String snapshot = Bus.pathOf(work) + " " + BUS_NAME + ".Snapshot ";
        assertThat(managed)
                .contains(
                        snapshot + "Id s " + work,
                        snapshot + "Image s " + image,
                        snapshot + "Base s " + image,
                        snapshot + "Origin s docker://" + lab.image("tiny:1"),
                        snapshot + "Root s " + ROOTS + work + "/",
                        snapshot + "ReadOnly b 0",
                        snapshot + "Booted b 0",
                        snapshot + "Default b 0",
                        TOP + "/image/" + image + " " + BUS_NAME + ".Image Names as ['" + lab.image("tiny:1") + "']",
                        job + " " + BUS_NAME + ".Job State s succeeded",
                        job + " " + BUS_NAME + ".Job Result a{sv} {'images': ['" + image + "']}");
    }

    @Test
    void glibKnowsTheErrors() {
        assertThat(read("errors"))
                .containsExactly(
                        "GetRoot g-io-error-quark dbus-error " + Bus.ERROR + "InvalidId",
                        "GetRoot g-io-error-quark dbus-error " + Bus.ERROR + "NoSuchSnapshot",
                        "GetRoot g-dbus-error-quark invalid-args " + Bus.STANDARD_ERROR + "InvalidArgs",
                        "Pull g-io-error-quark dbus-error " + Bus.ERROR + "InvalidReference",
                        "Load g-io-error-quark dbus-error " + Bus.ERROR + "NoSuchFile",
                        "Load g-io-error-quark dbus-error " + Bus.ERROR + "InvalidSource",
                        "DeleteImage g-io-error-quark dbus-error " + Bus.ERROR + "NoSuchImage",
                        "CreateSnapshot g-io-error-quark dbus-error " + Bus.ERROR + "NoSuchSnapshot",
                        "ListImages g-dbus-error-quark invalid-args " + Bus.STANDARD_ERROR + "InvalidArgs",
                        "Surprise g-dbus-error-quark unknown-method " + Bus.STANDARD_ERROR + "UnknownMethod",
                        "GetRoot g-dbus-error-quark unknown-interface " + Bus.STANDARD_ERROR + "UnknownInterface",
                        "GetRoot g-dbus-error-quark unknown-object " + Bus.STANDARD_ERROR + "UnknownObject",
                        "GetAll g-dbus-error-quark unknown-object " + Bus.STANDARD_ERROR + "UnknownObject",
                        "Get g-dbus-error-quark unknown-property " + Bus.STANDARD_ERROR + "UnknownProperty",
                        "Get g-dbus-error-quark unknown-interface " + Bus.STANDARD_ERROR + "UnknownInterface",
                        "Set g-dbus-error-quark property-read-only " + Bus.STANDARD_ERROR + "PropertyReadOnly");
    }

    @Test
    void polkitdAnswers() {
        assertThat(lab.run(
                                "busctl",
                                "get-property",
                                "org.freedesktop.PolicyKit1",
                                "/org/freedesktop/PolicyKit1/Authority",
                                "org.freedesktop.PolicyKit1.Authority",
                                "BackendName")
                        .line())
                .isEqualTo("s \"js\"");
    }

    private static List<String> read(String mode) {
        return lab.run(lab.inside(Path.of("src/test/resources/bus-reader")), mode)
                .ok()
                .lines()
                .toList();
    }

    private static String object(String interfaceName) {
        return switch (interfaceName) {
            case "Image" -> TOP + "/image/" + image;
            case "Snapshot" -> Bus.pathOf(work);
            case "Job" -> job;
            default -> TOP;
        };
    }

    private static String orDash(String types) {
        return types.isEmpty() ? "-" : Pattern.quote(types);
    }
}
