package org.opensuse.containersnap.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The events and keys of the program against the catalog and the sources.
class EventTest {
    private static final Path CATALOG = Path.of("../systemd/container-snapd.catalog");
    private static final Path SOURCES = Path.of("src/main/java");

    private static List<String> matches(String pattern, String text) {
        return Pattern.compile(pattern, Pattern.MULTILINE)
                .matcher(text)
                .results()
                .map(result -> result.group(1))
                .toList();
    }

    @Test
    void theCatalogHasAnEntryForEachEventInTheSameOrder() throws IOException {
        assertThat(matches("^-- (.*)$", Files.readString(CATALOG)))
                .containsExactlyElementsOf(
                        Arrays.stream(Event.values()).map(Event::toString).toList());
    }

    @ParameterizedTest
    @EnumSource
    void anIdIsOneOfSystemdAndOfItsOwn(Event event) {
        assertThat(event.toString()).matches("[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}");
        assertThat(Arrays.stream(Event.values())
                        .filter(other -> other.toString().equals(event.toString())))
                .hasSize(1);
    }

    @Test
    void theCatalogNamesOnlyFieldsThatThereAre() throws IOException {
        assertThat(matches("@([^@ ]+)@", Files.readString(CATALOG)))
                .hasSizeGreaterThan(8)
                .allMatch(Key::isField);
    }

    @Test
    void everyEntryOfTheCatalogHasItsHeader() throws IOException {
        String[] entries = Files.readString(CATALOG).split("(?m)^-- ", -1);
        for (String entry : Arrays.copyOfRange(entries, 1, entries.length)) {
            assertThat(entry)
                    .containsPattern(
                            "^[0-9a-f]{32}\nSubject: .+\nDefined-By: container-snapd\n(Documentation: man:.+\n)+\n");
        }
    }

    @Test
    void everyKeyInTheProgramIsOneOfTheSet() throws IOException {
        assertThat(sources().flatMap(text -> matches("addKeyValue\\(\\s*([^,]+),", text).stream()))
                .isNotEmpty()
                .allMatch(argument -> argument.contains("Key.") && !argument.contains("\""));
    }

    @ParameterizedTest
    @EnumSource
    void everyEventIsToldByOneClass(Event event) throws IOException {
        assertThat(sources()
                        .filter(text -> text.contains("Event." + event.name() + ")")
                                || text.contains("Event." + event.name() + ",")))
                .hasSize(1);
    }

    private static Stream<String> sources() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(SOURCES)) {
            files = all.filter(file -> file.toString().endsWith(".java")).toList();
        }
        return files.stream().map(EventTest::read);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
