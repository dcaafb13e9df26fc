package org.opensuse.containersnap.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.journal.Key;

/// The manual page of the daemon against the program.
class ManualTest {
    private static String manual() throws IOException {
        return Files.readString(Path.of("src/main/distribution/container-snapd.8"));
    }

    @Test
    void itNamesTheVariablesThatAreRead() throws IOException {
        Set<String> read = new TreeSet<>();
        for (String file : new String[] {
            "src/main/java/org/opensuse/containersnap/daemon/Settings.java", "../systemd/container-snapd.launcher"
        }) {
            Matcher name = Pattern.compile("CONTAINER_SNAPD_[A-Z_]+").matcher(Files.readString(Path.of(file)));
            while (name.find()) {
                read.add(name.group());
            }
        }
        Set<String> named = new TreeSet<>();
        Matcher name =
                Pattern.compile("(?m)^\\.It Ev (CONTAINER_SNAPD_[A-Z_]+)").matcher(manual());
        while (name.find()) {
            named.add(name.group(1));
        }

        assertThat(named).isEqualTo(read).hasSizeGreaterThan(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {Key.JOB, Key.OPERATION, Key.SNAPSHOT, Key.IMAGE, Key.REFERENCE, Key.HOOK, Key.CALLER_UID})
    void itNamesTheFieldsOfTheJournal(String field) throws IOException {
        assertThat(manual()).containsPattern("(?m)^\\.Va " + field + "( |$)");
    }
}
