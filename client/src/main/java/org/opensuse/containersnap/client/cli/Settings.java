package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.Target;

/// What the common options say.
record Settings(Target target, boolean askPassword) {
    /* A host name has at most 253 characters; user, port and container come on top. */
    private static final int LONGEST_TARGET = 512;

    static Settings parse(Words words) throws UsageError {
        if (words.has(Option.HOST) && words.has(Option.MACHINE)) {
            throw new UsageError("--host and --machine exclude each other");
        }
        Target target = new Target.Local();
        if (words.has(Option.HOST)) {
            target = new Target.Remote(value(words, Option.HOST));
        } else if (words.has(Option.MACHINE)) {
            target = new Target.Machine(value(words, Option.MACHINE));
        }
        return new Settings(target, !words.has(Option.NO_ASK_PASSWORD));
    }

    /* ssh would take a host that begins with a dash as an option. */
    private static String value(Words words, Option option) throws UsageError {
        String value = words.value(option).orElse("");
        for (int i = 0; i < value.length(); i++) {
            if (Printable.control(value.charAt(i)) || value.charAt(i) == ' ') {
                throw new UsageError(option.longName() + " takes no " + Printable.quoted(value));
            }
        }
        if (value.charAt(0) == '-' || value.length() > LONGEST_TARGET) {
            throw new UsageError(option.longName() + " takes no " + Printable.quoted(value));
        }
        return value;
    }

    /// Whether the bus is this machine's own.
    boolean local() {
        return target instanceof Target.Local;
    }
}
