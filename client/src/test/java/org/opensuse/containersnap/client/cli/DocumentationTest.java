package org.opensuse.containersnap.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Holds the manual page, the completion and the help against the parser.
class DocumentationTest {
    private static final Path DISTRIBUTION = Path.of("src", "main", "distribution");

    private static String manual() throws IOException {
        return Files.readString(DISTRIBUTION.resolve("container-snap.8")).replace("\\-", "-");
    }

    private static String completion() throws IOException {
        return Files.readString(DISTRIBUTION.resolve("container-snap.bash"));
    }

    @ParameterizedTest
    @EnumSource(Verb.class)
    void everyCommandIsExplainedAndCompleted(Verb verb) throws IOException {
        assertThat(manual()).containsPattern("(?m)^\\.It Cm " + verb.word() + "( |$)");
        assertThat(completion()).containsPattern("[ '\"\n]" + verb.word() + "[ '\"\n)|]");
    }

    @ParameterizedTest
    @EnumSource(Option.class)
    void everyOptionIsExplainedAndCompleted(Option option) throws IOException {
        // mdoc's Fl writes the first dash.
        assertThat(manual()).containsPattern("\\bFl " + option.longName().substring(1) + "( |$|\n)");
        if (!option.shortName().isEmpty()) {
            assertThat(manual()).containsPattern("\\bFl " + option.shortName().substring(1) + "( |\n)");
        }
        assertThat(completion()).containsPattern(option.longName() + "[ '\"\n)|]");
    }

    @ParameterizedTest
    @EnumSource(Verb.class)
    void everyOptionOfACommandIsInItsHelp(Verb verb) {
        for (Option option : verb.options()) {
            assertThat(verb.help()).containsPattern(option.longName() + "( |\n)");
        }
    }

    static Stream<String> keys() throws IOException {
        List<String> keys = new ArrayList<>();
        Pattern key = Pattern.compile("\\.(?:member|text|share|array|object)\\(\\s*\"([a-z_]+)\"");
        for (String type :
                List.of("ListImages", "ListJobs", "ListSnapshots", "Prune", "Status", "Trial", "Update", "Verify")) {
            Path source = Path.of("src/main/java/org/opensuse/containersnap/client/cli", type + ".java");
            Matcher matcher = key.matcher(Files.readString(source));
            while (matcher.find()) {
                keys.add(matcher.group(1));
            }
        }
        return keys.stream();
    }

    @ParameterizedTest
    @MethodSource("keys")
    void everyKeyOfTheJsonIsExplained(String key) throws IOException {
        assertThat(manual()).contains(".It Va " + key + "\n");
    }

    @Test
    void theVersionIsThatOfTheBuild() throws IOException {
        Matcher version = Pattern.compile("<version>([0-9.]+)(-SNAPSHOT)?</version>")
                .matcher(Files.readString(Path.of("pom.xml")));
        assertThat(version.find()).isTrue();
        assertThat(ShowVersion.VERSION).isEqualTo(version.group(1));
    }
}
