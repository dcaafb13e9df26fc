package org.opensuse.containersnap.reboot;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.opensuse.containersnap.engine.Reboot.Method;
import org.opensuse.containersnap.snapshot.Failure.InvalidConfiguration;
import org.opensuse.containersnap.snapshot.Quoted;

/// `REBOOT_METHOD` of transactional-update.conf(5). That is a shell script to transactional-update; here a line is read
/// that assigns a word, and the last one counts.
///
/// @param root of the machine
record MethodFiles(Path root) {
    private static final List<String> FILES =
            List.of("usr/etc/transactional-update.conf", "etc/transactional-update.conf");
    private static final int MOST_BYTES = 1 << 20;
    private static final Pattern ASSIGNMENT = Pattern.compile("\\s*REBOOT_METHOD=(.*)");
    private static final Pattern WORD = Pattern.compile("([\"']?)([a-z]*)\\1\\s*(?:#.*)?");

    /// What is configured; empty for `auto`, which is also what is meant when nothing is.
    Optional<Method> read() throws InvalidConfiguration {
        Optional<Method> method = Optional.empty();
        for (String name : FILES) {
            int number = 0;
            for (String line : lines(name)) {
                number++;
                Matcher assignment = ASSIGNMENT.matcher(line);
                if (assignment.matches()) {
                    method = method(assignment.group(1), "/" + name, number);
                }
            }
        }
        return method;
    }

    private List<String> lines(String name) throws InvalidConfiguration {
        Path file = root.resolve(name);
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new InvalidConfiguration("/" + name, "it is larger than " + MOST_BYTES + " bytes");
            }
            return Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList();
        } catch (NoSuchFileException _) {
            return List.of();
        } catch (IOException e) {
            throw new InvalidConfiguration("/" + name, "it can't be read: " + e);
        }
    }

    private static Optional<Method> method(String text, String file, int line) throws InvalidConfiguration {
        Matcher word = WORD.matcher(text);
        return switch (word.matches() ? word.group(2) : text) {
            case "", "auto" -> Optional.empty();
            case "rebootmgr" -> Optional.of(Method.REBOOTMGR);
            case "notify" -> Optional.of(Method.NOTIFY);
            case "kured" -> Optional.of(Method.KURED);
            // The boot loader knows best which kernel the new system has.
            case "systemd", "kexec" -> Optional.of(Method.SYSTEMD);
            case "none" -> Optional.of(Method.NONE);
            case String other ->
                throw new InvalidConfiguration(
                        file,
                        line,
                        "REBOOT_METHOD is " + Quoted.of(other)
                                + ": expected auto, rebootmgr, notify, systemd, kured, kexec or none");
        };
    }
}
