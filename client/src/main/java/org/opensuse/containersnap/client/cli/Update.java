package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Names;
import org.opensuse.containersnap.client.wire.Properties;
import org.opensuse.containersnap.client.wire.Property;
import org.opensuse.containersnap.client.wire.Value;

/// Asks the registry whether there is a newer image of what is booted.
record Update(boolean json) implements Command {
    static final String HELP = """
            Asks the registry whether the reference that the booted image was pulled by stands
            for another image now. No layer is fetched. Prints the version, the digest, what
            there is to download, and when the registry was asked. "container-snap status"
            shows the answer too, until the next one. Exit status 0 when there is an update,
            77 when there is nothing new.

            Options:
              --check   ask, and change nothing
              --json    as JSON; the manual page tells the keys

            Example:
              container-snap update --check
            """;

    private static final String INDENT = "           ";

    static Update parse(Words words) throws UsageError {
        words.noOperands();
        if (!words.has(Option.CHECK)) {
            throw new UsageError("--check is missing");
        }
        return new Update(words.has(Option.JSON));
    }

    @Override
    public void run(Session session) throws BusFailure, CommandFailed {
        JobCommand.run(session, "update --check", Method.CHECK_UPDATE, Value.noOptions());
        Properties manager = session.bus()
                .call(Method.GET_PROPERTIES, Value.of(Names.MANAGER))
                .properties();
        if (!known(manager)) {
            throw new CommandFailed("the booted image has another origin by now; ask again");
        }
        if (json) {
            session.document(describe(new Json().object(), manager).endObject());
        } else {
            show(session, manager);
        }
        if (!available(manager)) {
            session.exitWith(ExitCode.NOTHING_NEW);
        }
    }

    /// Whether a registry told something about what is booted.
    static boolean known(Properties manager) {
        return !manager.properties(Property.UPDATE).keys().isEmpty();
    }

    private static boolean available(Properties manager) {
        return manager.properties(Property.UPDATE).on("available");
    }

    /// Prints what is known, if anything.
    static void show(Session session, Properties manager) {
        if (!known(manager)) {
            return;
        }
        Properties update = manager.properties(Property.UPDATE);
        String asked = "asked " + asked(manager).minuteText();
        if (!available(manager)) {
            session.line("update     none, " + update.text("reference") + " is what is booted, " + asked);
            return;
        }
        String version = update.text("version");
        session.line("update     " + update.text("reference") + (version.isEmpty() ? "" : ", version " + version));
        session.line(INDENT + update.text("digest"));
        session.line(INDENT
                + Size.text(update.number("download_bytes"))
                + " to download, "
                + (update.has("created") ? "built " + created(update).minuteText() + ", " : "")
                + asked);
    }

    /// Adds what is known to an object.
    static Json describe(Json json, Properties manager) {
        Properties update = manager.properties(Property.UPDATE);
        return json.member("available", available(manager))
                .member("reference", update.text("reference"))
                .member("digest", update.text("digest"))
                .member("image", update.text("image"))
                .member("version", update.text("version"))
                .member("created", update.has("created") ? created(update).isoText() : "")
                .member("download_bytes", update.number("download_bytes"))
                .member("asked", asked(manager).isoText());
    }

    private static UtcTime created(Properties update) {
        return UtcTime.ofNanoseconds(update.number("created"));
    }

    private static UtcTime asked(Properties manager) {
        return UtcTime.ofMicroseconds(manager.number(Property.LAST_CHECK));
    }
}
