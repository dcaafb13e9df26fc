package org.opensuse.containersnap.client.cli;

import java.util.List;
import java.util.Optional;

/// A command line, understood.
record Invocation(Command command, Settings settings) {
    static Invocation parse(List<String> arguments) throws UsageError {
        Words words = new Words();
        try {
            words.read(arguments);
            return parse(words);
        } catch (UsageError e) {
            String command = words.command().flatMap(Verb::find).map(Verb::word).orElse("");
            String before = command.isEmpty() ? "" : command + ": ";
            String after = command.isEmpty() ? "--help" : command + " --help";
            throw new UsageError(before + e.text() + "; see container-snap " + after);
        }
    }

    private static Invocation parse(Words words) throws UsageError {
        Optional<String> name = words.command();
        Settings settings = Settings.parse(words);
        if (words.has(Option.VERSION)) {
            return new Invocation(new ShowVersion(), settings);
        }
        if (name.isEmpty() && words.has(Option.HELP)) {
            return new Invocation(new Help(Optional.empty()), settings);
        }
        if (name.isEmpty()) {
            throw new UsageError("no command");
        }
        Optional<Verb> verb = Verb.find(name.get());
        if (verb.isEmpty()) {
            throw new UsageError("unknown command " + Printable.quoted(name.get()));
        }
        if (words.has(Option.HELP)) {
            return new Invocation(new Help(verb), settings);
        }
        words.allow(verb.get().options());
        return new Invocation(verb.get().parse(words), settings);
    }
}
