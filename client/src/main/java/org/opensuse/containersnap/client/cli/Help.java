package org.opensuse.containersnap.client.cli;

import java.util.Optional;

/// Explains a command, or the program.
record Help(Optional<Verb> about) implements Command {
    static final String HELP = """
            Explains the command, or without one the program. Does nothing else.

            Example:
              container-snap help delete
            """;

    private static final String WHAT_IT_IS = """
            container-snap boots this machine from OCI images: it gets an image, makes it a btrfs
            snapshot, and has the next boot take that. The work is done by container-snapd.

            Usage: container-snap COMMAND [OPTION]...

            Commands:
            """;

    private static final String COMMON_OPTIONS = """
              -H, --host [USER@]HOST   on another machine, through ssh
              -M, --machine NAME       in a container of this machine
              --no-ask-password        never ask for a password
              -h, --help               explain the command, do nothing
              -v, --version            print the version, do nothing
            """;

    private static final String EXIT_STATUS = """

            Exit status: 0 done, 1 failed or refused, 2 the command line is wrong,
            77 update --check found nothing new.
            """;

    private static final int SUMMARY_COLUMN = 22;

    static Help parse(Words words) throws UsageError {
        if (words.operands().isEmpty()) {
            return new Help(Optional.empty());
        }
        String command = words.onlyOperand("COMMAND");
        Optional<Verb> verb = Verb.find(command);
        if (verb.isEmpty()) {
            throw new UsageError("unknown command " + Printable.quoted(command));
        }
        return new Help(verb);
    }

    @Override
    public void run(Session session) {
        StringBuilder text = new StringBuilder();
        if (about.isPresent()) {
            command(text, about.get());
        } else {
            program(text);
        }
        session.text(text.toString());
    }

    private static void command(StringBuilder text, Verb verb) {
        text.append("Usage: container-snap ").append(verb.word());
        text.append(verb.synopsis().isEmpty() ? "" : " ")
                .append(verb.synopsis())
                .append(" [OPTION]...\n\n");
        text.append(verb.help()).append("\nOptions of every command:\n").append(COMMON_OPTIONS);
    }

    private static void program(StringBuilder text) {
        text.append(WHAT_IT_IS);
        for (Verb verb : Verb.values()) {
            text.append("  ").append(verb.word());
            text.append(" ".repeat(SUMMARY_COLUMN - verb.word().length()))
                    .append(verb.summary())
                    .append('\n');
        }
        text.append("\nOptions of every command:\n").append(COMMON_OPTIONS).append(EXIT_STATUS);
    }
}
