package org.opensuse.containersnap.client.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The words of a command line, sorted into options and operands; the command is the first operand.
final class Words {
    private final Map<Option, List<String>> options = new HashMap<>();
    private final List<String> operands = new ArrayList<>();

    /// Takes in the arguments; when one is wrong, those before it are there.
    void read(List<String> arguments) throws UsageError {
        boolean optionsEnded = false;
        for (int i = 0; i < arguments.size(); i++) {
            String word = arguments.get(i);
            if (optionsEnded || word.length() < 2 || word.charAt(0) != '-') {
                operands.add(word);
            } else if (word.equals("--")) {
                optionsEnded = true;
            } else if (word.startsWith("--")) {
                i += longOption(word, arguments, i);
            } else {
                i += shortOptions(word, arguments, i);
            }
        }
    }

    /// Takes in an option such as `--id=ID`, or `--id` and the word after it; how many words after it belong to it.
    private int longOption(String word, List<String> arguments, int at) throws UsageError {
        int equals = word.indexOf('=');
        Option option = find(equals < 0 ? word : word.substring(0, equals));
        if (equals < 0) {
            return put(option, arguments, at);
        }
        if (!option.takesValue()) {
            throw new UsageError(option.longName() + " takes no value");
        }
        put(option, word.substring(equals + 1));
        return 0;
    }

    /// Takes in short options such as `-v`, `-iFILE`, or `-i` and the word after it; how many words belong to it.
    private int shortOptions(String word, List<String> arguments, int at) throws UsageError {
        for (int i = 1; i < word.length(); i++) {
            Option option = find("-" + word.charAt(i));
            boolean last = i + 1 == word.length();
            if (last) {
                return put(option, arguments, at);
            }
            if (option.takesValue()) {
                put(option, word.substring(word.charAt(i + 1) == '=' ? i + 2 : i + 1));
                return 0;
            }
            put(option, "");
        }
        return 0;
    }

    private static Option find(String name) throws UsageError {
        return Option.find(name).orElseThrow(() -> new UsageError("unknown option " + Printable.quoted(name)));
    }

    private int put(Option option, List<String> arguments, int at) throws UsageError {
        if (!option.takesValue()) {
            put(option, "");
            return 0;
        }
        if (at + 1 == arguments.size()) {
            throw new UsageError(option.longName() + " needs " + option.value() + " after it");
        }
        put(option, arguments.get(at + 1));
        return 1;
    }

    private void put(Option option, String value) throws UsageError {
        List<String> values = options.computeIfAbsent(option, _ -> new ArrayList<>());
        values.add(value);
        if (values.size() > 1 && option.takesValue() && !option.repeats()) {
            throw new UsageError(option.longName() + " is there twice");
        }
        if (option.takesValue() && value.isEmpty()) {
            throw new UsageError(option.longName() + " needs " + option.value() + " after it, not nothing");
        }
    }

    boolean has(Option option) {
        return options.containsKey(option);
    }

    Optional<String> value(Option option) {
        List<String> values = values(option);
        return values.isEmpty() ? Optional.empty() : Optional.of(values.getLast());
    }

    /// All values of an option that may be there several times.
    List<String> values(Option option) {
        return options.getOrDefault(option, List.of());
    }

    /// Refuses options that are neither common nor among these.
    void allow(List<Option> allowed) throws UsageError {
        for (Option option : Option.values()) {
            if (options.containsKey(option) && !option.common() && !allowed.contains(option)) {
                throw new UsageError("this command has no option " + option.longName());
            }
        }
    }

    /// The command's name; empty when there is none.
    Optional<String> command() {
        return operands.isEmpty() ? Optional.empty() : Optional.of(operands.getFirst());
    }

    /// The operands after the command's name.
    List<String> operands() {
        return operands.isEmpty() ? operands : operands.subList(1, operands.size());
    }

    /// Refuses any operand.
    void noOperands() throws UsageError {
        if (operands.size() > 1) {
            throw tooMany(operands.get(1));
        }
    }

    /// The only operand.
    String onlyOperand(String name) throws UsageError {
        if (operands.size() < 2) {
            throw new UsageError(name + " is missing");
        }
        if (operands.size() > 2) {
            throw tooMany(operands.get(2));
        }
        return operands.get(1);
    }

    private static UsageError tooMany(String operand) {
        return new UsageError("unexpected argument " + Printable.quoted(operand));
    }
}
