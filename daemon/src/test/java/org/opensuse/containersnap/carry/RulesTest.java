package org.opensuse.containersnap.carry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.InvalidConfiguration;

/// What the files of configuration say, and which of them counts.
class RulesTest {
    private static final String USR = "usr/lib/container-snap/carry-over.d";
    private static final String ETC = "etc/container-snap/carry-over.d";

    @TempDir
    private Path root;

    private Rules rules() throws Failure, InterruptedException {
        return new CarryOver(_ -> {}).rules(root);
    }

    private void file(String directory, String name, String text) throws IOException {
        Files.writeString(Files.createDirectories(root.resolve(directory)).resolve(name), text);
    }

    @ParameterizedTest
    @CsvSource({
        "/etc/fstab, keep",
        "/etc/shadow, merge",
        "/etc/resolv.conf, keep",
        "/etc/ssh/ssh_host_rsa_key, keep",
        "/etc/ssh/sshd_config, merge",
        "/etc/machine-id, keep",
        "/etc/ld.so.cache, image",
        "/etc/anything/else, merge",
        "/usr/bin/bash, image",
        "/etcetera, image",
        "/, image",
    })
    void whatIsBuiltInMakesAMachineUsable(String path, String mode) throws Exception {
        assertThat(rules().mode(path).keyword()).isEqualTo(mode);
    }

    @ParameterizedTest
    @CsvSource({
        "/srv/a, keep",
        "/srv/a/b, keep",
        "/srv/a/image/x, image",
        "/srv/a/image/kept, keep",
        "/srv/ab, image",
        "/srv/lists/x.list, merge",
        "/srv/lists/my.list, keep",
        "/srv/lists/x.conf, image",
        "/srv/with space/x, keep",
        "/srv/twice, merge",
    })
    void thePathWithMostNamesCountsThenTheOneWithoutWildcardsThenTheLast(String path, String mode) throws Exception {
        file(USR, "10.conf", """
                # A comment, and an empty line

                keep\t/srv/a/
                image /srv/a/image
                keep /srv/a/image/kept
                keep /srv/lists/my.list
                  merge   /srv/lists/*.list
                keep /srv/with space
                keep /srv/twice
                """);
        file(ETC, "20.conf", "merge /srv/twice");

        assertThat(rules().mode(path).keyword()).isEqualTo(mode);
    }

    @Test
    void aFileOfTheAdministratorTakesThePlaceOfOneOfThatName() throws Exception {
        file(USR, "10.conf", "keep /srv/a");
        file(ETC, "10.conf", "keep /srv/b");

        assertThat(rules().mode("/srv/a")).isEqualTo(Mode.IMAGE);
        assertThat(rules().mode("/srv/b")).isEqualTo(Mode.KEEP);
    }

    @Test
    void anEmptyFileOrALinkToNullMeansThatThereIsNone() throws Exception {
        file(USR, "10.conf", "keep /srv/a");
        file(USR, "20.conf", "keep /srv/b");
        file(ETC, "10.conf", "");
        Files.createSymbolicLink(root.resolve(ETC).resolve("20.conf"), Path.of("/dev/null"));

        assertThat(rules().mode("/srv/a")).isEqualTo(Mode.IMAGE);
        assertThat(rules().mode("/srv/b")).isEqualTo(Mode.IMAGE);
    }

    @Test
    void onlyConfigurationIsRead() throws Exception {
        file(USR, "10.conf.rpmnew", "nonsense");
        file(USR, "README", "nonsense");

        assertThat(rules().mode("/etc/fstab")).isEqualTo(Mode.KEEP);
    }

    @Test
    void aLinkStaysInTheRoot() throws Exception {
        file("srv", "rules", "keep /srv/a");
        Files.createDirectories(root.resolve(ETC));
        Files.createSymbolicLink(root.resolve(ETC).resolve("10.conf"), Path.of("/srv/rules"));

        assertThat(rules().mode("/srv/a")).isEqualTo(Mode.KEEP);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            keep                    | expected 'MODE PATH' with one of the modes keep, merge, image, found 'keep'
            copy /srv               | expected 'MODE PATH' with one of the modes keep, merge, image, found 'copy /srv'
            KEEP /srv               | expected 'MODE PATH' with one of the modes keep, merge, image, found 'KEEP /srv'
            keep srv                | the path must begin with '/', found 'srv'
            keep /srv/../etc        | the path must be without '//', '.' and '..', found '/srv/../etc'
            keep /srv//a            | the path must be without '//', '.' and '..', found '/srv//a'
            keep /                  | '/' as a whole can't be carried over; name what is in it, found '/'
            keep /proc/sys          | it covers or lies in /proc, which is never carried over, found '/proc/sys'
            keep /var               | it covers or lies in /var/lib/container-snap, which is never carried over, found '/var'
            merge /v*/lib           | it covers or lies in /var/lib/container-snap, which is never carried over, found '/v*/lib'
            """)
    void aBadLineIsRefusedWithItsFileAndNumber(String line, String reason) throws Exception {
        file(ETC, "10.conf", "keep /srv/a\n\n" + line + "\n");

        assertThatThrownBy(this::rules)
                .isInstanceOf(InvalidConfiguration.class)
                .hasMessage("'/" + ETC + "/10.conf', line 3: " + reason);
    }

    @Test
    void whatIsNoTextIsRefused() throws Exception {
        Files.createDirectories(root.resolve(ETC).resolve("10.conf"));

        assertThatThrownBy(this::rules)
                .isInstanceOf(InvalidConfiguration.class)
                .hasMessageStartingWith("'/" + ETC + "/10.conf': it must be a regular file");

        Files.delete(root.resolve(ETC).resolve("10.conf"));
        Files.write(root.resolve(ETC).resolve("10.conf"), new byte[] {(byte) 0xff});

        assertThatThrownBy(this::rules)
                .isInstanceOf(InvalidConfiguration.class)
                .hasMessage("'/" + ETC + "/10.conf': it is not text in UTF-8");
    }

    @Test
    void theManualHasWhatIsBuiltInAndAllConflicts() throws Exception {
        String manual = Files.readString(Path.of("src/main/distribution/container-snapd.8"));
        int builtIn = manual.indexOf("merge /etc\n");

        assertThat(Rules.DEFAULTS.lines().filter(line -> !line.startsWith("#")).collect(Collectors.joining("\n")))
                .isEqualTo(manual.substring(builtIn, manual.indexOf("\n.Ed\n", builtIn)));
        assertThat(manual)
                .contains(Arrays.stream(Conflict.values())
                        .map(conflict -> "\n.It Cm " + conflict.keyword() + "\n")
                        .toList());
        assertThat(manual)
                .contains(Arrays.stream(Mode.values())
                        .map(mode -> "\n.It Cm " + mode.keyword() + "\n")
                        .toList());
    }
}
