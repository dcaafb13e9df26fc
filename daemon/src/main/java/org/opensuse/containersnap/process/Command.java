package org.opensuse.containersnap.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A program with all that it is given: nothing is inherited, and no shell reads it.
///
/// @param program absolute, so that no search path decides what runs
/// @param arguments without the program's name
/// @param environment all of it
/// @param directory where it runs
/// @param mounts directories that it sees in place of others, by where it sees them; that needs privileges
public record Command(
        Path program, List<String> arguments, Map<String, String> environment, Path directory, Map<Path, Path> mounts) {
    private static final Pattern NEEDS_NO_QUOTES = Pattern.compile("[A-Za-z0-9_./:=@%+,-]+");

    public Command {
        if (!program.isAbsolute()) {
            throw new IllegalArgumentException("not an absolute program: " + program);
        }
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
        mounts = Map.copyOf(mounts);
    }

    /// A command that sees the machine's directories as they are.
    public Command(Path program, List<String> arguments, Map<String, String> environment, Path directory) {
        this(program, arguments, environment, directory, Map.of());
    }

    /// The command as it can be pasted into a shell: the environment, the program, the arguments, not the mounts.
    @Override
    public String toString() {
        Stream<String> variables = new TreeMap<>(environment)
                .entrySet().stream().map(variable -> variable.getKey() + "=" + quoted(variable.getValue()));
        Stream<String> words =
                Stream.concat(Stream.of(program.toString()), arguments.stream()).map(Command::quoted);
        return Stream.concat(Stream.concat(Stream.of("env", "-i"), variables), words)
                .collect(Collectors.joining(" "));
    }

    private static String quoted(String word) {
        return NEEDS_NO_QUOTES.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
