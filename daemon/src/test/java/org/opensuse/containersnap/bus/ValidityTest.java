package org.opensuse.containersnap.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.opensuse.containersnap.lab.Tool;

/// The files in dbus-policy against the formats of those who read them: the DTDs of dbus and polkit, the keys of
/// activation. Without the DTDs the tests are skipped with the reason, or fail when `CI` is `true`.
class ValidityTest {
    private static final Path STANDARD_INTERFACES =
            Path.of("src/main/resources/org/opensuse/containersnap/bus/contract/standard.xml");
    private static final Path ACTIVATION = ContractTest.FILES.resolve(Contract.BUS_NAME + ".service");
    /// The keys that dbus-daemon reads (dbus-daemon(1), systemd.special(7)); it ignores all others.
    private static final Set<String> ACTIVATION_KEYS = Set.of("Name", "Exec", "User", "SystemdService");

    @TempDir
    private Path temporary;

    static List<Path> xmlFiles() throws IOException {
        try (Stream<Path> all = Files.list(ContractTest.FILES)) {
            return Stream.concat(
                            all.filter(file -> Files.isRegularFile(file)
                                    && !file.equals(ACTIVATION)
                                    && !file.toString().endsWith(".rules")),
                            Stream.of(STANDARD_INTERFACES))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("xmlFiles")
    void everyFileIsValid(Path file) {
        validate(file);
    }

    @ParameterizedTest
    @CsvSource({
        "org.opensuse.containersnap1.conf, send_member=, send_mebmer=",
        "org.opensuse.containersnap1.conf, context=\"default\", context=\"defualt\"",
        "org.opensuse.containersnap1.policy, <allow_any>auth_admin</allow_any>, <allow_all>auth_admin</allow_all>",
        "org.opensuse.containersnap1.policy, <action id=, <action name=",
        "org.opensuse.containersnap1.Manager.xml, access=\"read\", access=\"reads\"",
        "org.opensuse.containersnap1.Manager.xml, <arg name=\"reference\" type=\"s\", <arg name=\"reference\"",
    })
    void aSlipIsFound(String name, String right, String wrong) throws IOException {
        String text = Files.readString(ContractTest.FILES.resolve(name));
        assertThat(text).contains(right);
        Path broken = temporary.resolve(name);
        Files.writeString(broken, text.replaceFirst(Pattern.quote(right), Matcher.quoteReplacement(wrong)));

        assertThatThrownBy(() -> validate(broken)).hasMessageContaining("does not validate");
    }

    /// polkit takes a word that it doesn't know for "no", and a default that is left out too.
    @Test
    void everyActionOfPolkitSaysWhatItIsByDefault() throws IOException {
        String policy = Files.readString(ContractTest.FILES.resolve(Contract.BUS_NAME + ".policy"));
        long actions = Pattern.compile("<action ").matcher(policy).results().count();

        assertThat(actions).isPositive();
        for (String who : List.of("any", "inactive", "active")) {
            assertThat(Pattern.compile(
                                    "<allow_" + who + ">(no|auth_self|auth_self_keep|auth_admin|auth_admin_keep|yes)<")
                            .matcher(policy)
                            .results())
                    .as(who)
                    .hasSize((int) actions);
        }
    }

    @Test
    void activationNamesTheServiceAndWhatDevInstallInstalls() throws IOException {
        Map<String, Map<String, String>> activation = sections(ACTIVATION);
        assertThat(activation).containsOnlyKeys("D-BUS Service");
        Map<String, String> keys = activation.getOrDefault("D-BUS Service", Map.of());
        assertThat(keys)
                .containsOnlyKeys(ACTIVATION_KEYS)
                .containsEntry("Name", Contract.BUS_NAME)
                .containsEntry("User", "root");

        String unit = keys.getOrDefault("SystemdService", "");
        String program = keys.getOrDefault("Exec", "");
        assertThat(sections(Path.of("../systemd", unit)).get("Service"))
                .containsEntry("Type", "dbus")
                .containsEntry("BusName", Contract.BUS_NAME)
                .containsEntry("ExecStart", program);
        assertThat(Files.readString(Path.of("../dev/install"))).contains("\"$destdir" + program + "\"");
    }

    private static void validate(Path file) {
        String name = file.getFileName().toString();
        if (name.endsWith(".policy")) {
            validate(file, Path.of("/usr/share/polkit-1/policyconfig-1.dtd"));
        } else if (name.endsWith(".conf")) {
            require(Path.of("/usr/share/xml/dbus-1/busconfig.dtd"));
            validate(file, resource("busconfig.dtd"));
        } else if (name.endsWith(".xml")) {
            validate(file, Path.of("/usr/share/xml/dbus-1/introspect.dtd"));
        } else {
            throw new AssertionError("nothing is known of files such as " + file);
        }
    }

    private static void validate(Path file, Path dtd) {
        require(dtd);
        Tool.run("xmllint", "--noout", "--nonet", "--dtdvalid", dtd.toUri().toString(), file.toString());
    }

    private static void require(Path dtd) {
        if (Files.exists(dtd)) {
            return;
        }
        String reason = "skipped: there is no " + dtd + ", which dev/setup installs";
        if ("true".equals(System.getenv("CI"))) {
            throw new IllegalStateException(reason);
        }
        System.err.println(reason);
        Assumptions.abort(reason);
    }

    private static Path resource(String name) {
        URL url = Objects.requireNonNull(ValidityTest.class.getResource(name), name);
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /// The sections of a desktop-style file. A line that is none of section, key and comment is an error here,
    /// where readers pass over it, and so is a key that comes twice in an activation file. In a unit it may.
    private static Map<String, Map<String, String>> sections(Path file) throws IOException {
        Map<String, Map<String, String>> sections = new LinkedHashMap<>();
        boolean unit = !file.equals(ACTIVATION);
        Map<String, String> section = Map.of();
        for (String line : Files.readAllLines(file)) {
            Matcher header = Pattern.compile("\\[([^\\[\\]]+)]").matcher(line);
            Matcher entry = Pattern.compile("([A-Za-z0-9]+)=(\\S.*)").matcher(line);
            if (header.matches()) {
                section = new LinkedHashMap<>();
                assertThat(sections.put(header.group(1), section)).as(line).isNull();
            } else if (!line.isEmpty() && !line.startsWith("#")) {
                assertThat(entry.matches()).as(file + ": " + line).isTrue();
                String earlier = section.put(entry.group(1), entry.group(2));
                assertThat(unit || earlier == null)
                        .as(file + ": twice: " + line)
                        .isTrue();
            }
        }
        return sections;
    }
}
