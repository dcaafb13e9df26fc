package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.Properties;
import org.opensuse.containersnap.client.wire.Property;

/// Whether what was switched to proves itself, as the manager tells it.
final class Trial {
    private static final String INDENT = "           ";

    private Trial() {}

    /// Prints it, unless there is nothing to say.
    static void show(Session session, Properties manager) {
        Properties trial = manager.properties(Property.TRIAL);
        if (trial.keys().isEmpty()) {
            return;
        }
        String tries = trial.number("tries") + " of " + trial.number("tries_allowed");
        switch (trial.text("verdict")) {
            case "pending" ->
                session.line("trial      the next boot, in at most " + trial.number("tries_allowed") + " tries");
            case "running" -> session.line("trial      what is booted, try " + tries);
            case "failed" -> session.line("trial      failed after " + tries + " tries: " + trial.text("snapshot"));
            default -> {
                return;
            }
        }
        if (!trial.text("reason").isEmpty()) {
            session.line(INDENT + Printable.of(trial.text("reason")));
        }
    }

    /// Adds it to an object.
    static Json describe(Json json, Properties manager) {
        Properties trial = manager.properties(Property.TRIAL);
        return json.member("snapshot", trial.text("snapshot"))
                .member("verdict", trial.text("verdict"))
                .member("tries", trial.number("tries"))
                .member("tries_allowed", trial.number("tries_allowed"))
                .member("reason", trial.text("reason"));
    }

    static boolean known(Properties manager) {
        return !manager.properties(Property.TRIAL).keys().isEmpty();
    }
}
