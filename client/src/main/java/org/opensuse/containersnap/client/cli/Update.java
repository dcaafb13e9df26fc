package org.opensuse.containersnap.client.cli;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Names;
import org.opensuse.containersnap.client.wire.Properties;
import org.opensuse.containersnap.client.wire.Property;
import org.opensuse.containersnap.client.wire.Value;
import org.teavm.interop.StaticInit;

/// Has the next boot take the newest image of what is booted, or asks the registry whether there is one.
record Update(Extent extent, boolean json, Optional<String> digest, boolean reboot) implements Command {
    static final String HELP = """
            Asks the registry what the reference that the booted image was pulled by stands for
            now, and deploys that as 'deploy' does. Prints the new snapshot's ID; exit status 77
            when it is what is booted, or what the next boot takes already.

            With --check it only asks. No layer is fetched. Prints the version, the digest, what
            there is to download, and when the registry was asked. "container-snap status"
            shows the answer too, until the next one. Exit status 0 when there is an update,
            77 when there is nothing new.

            Options:
              --check           ask, and change nothing
              --digest DIGEST   update only to the manifest with this digest, such as --check
                                tells it
              --reboot          then restart the machine, by the REBOOT_METHOD of
                                transactional-update.conf; also when the next boot takes the
                                update already
              --policy POLICY   how far it goes by itself, for container-snap-update.service:
                                none, check, stage (all of an update) or apply (with --reboot)
              --json            with --check, as JSON; the manual page tells the keys

            Examples:
              container-snap update --check
              container-snap update
            """;

    private static final String INDENT = "           ";

    static Update parse(Words words) throws UsageError {
        words.noOperands();
        if (words.value(Option.POLICY).isPresent()) {
            return byPolicy(words.value(Option.POLICY).get(), words);
        }
        boolean check = words.has(Option.CHECK);
        if (words.has(Option.JSON) && !check) {
            throw new UsageError("--json is for --check");
        }
        if (words.value(Option.DIGEST).isPresent() && check) {
            throw new UsageError("--digest is not for --check");
        }
        if (words.has(Option.REBOOT) && check) {
            throw new UsageError("--reboot is not for --check");
        }
        return new Update(
                Extent.of(check), words.has(Option.JSON), words.value(Option.DIGEST), words.has(Option.REBOOT));
    }

    private static Update byPolicy(String policy, Words words) throws UsageError {
        if (words.has(Option.CHECK)
                || words.has(Option.JSON)
                || words.has(Option.REBOOT)
                || words.value(Option.DIGEST).isPresent()) {
            throw new UsageError("--policy goes with no other option");
        }
        Extent extent = switch (policy) {
            case "none" -> Extent.NOTHING;
            case "check" -> Extent.CHECK;
            case "stage", "apply" -> Extent.STAGE;
            case String other ->
                throw new UsageError(
                        "--policy is '" + Printable.shortened(other) + "': expected none, check, stage or apply");
        };
        return new Update(extent, false, Optional.empty(), policy.equals("apply"));
    }

    /// How far it goes.
    @StaticInit
    enum Extent {
        NOTHING,
        CHECK,
        STAGE,
        ALL;

        private static Extent of(boolean check) {
            return check ? CHECK : ALL;
        }
    }

    @Override
    public void run(Session session) throws BusFailure, CommandFailed {
        switch (extent) {
            case NOTHING -> session.exitWith(ExitCode.NOTHING_NEW);
            case CHECK -> ask(session);
            case STAGE, ALL -> update(session);
        }
    }

    private void update(Session session) throws BusFailure, CommandFailed {
        Map<String, Value> options = new HashMap<>();
        if (digest.isPresent()) {
            options.put("digest", Value.of(digest.get()));
        }
        if (reboot) {
            options.put("reboot", Value.of(true));
        }
        Properties result;
        if (extent == Extent.STAGE) {
            options.put("automatic", Value.of(true));
            // Nobody watches, and in the journal each step would be a line.
            result = JobCommand.run(session, "update", Method.UPDATE, Value.options(options));
        } else {
            result = JobCommand.resultOf(session, "update", "update", Method.UPDATE, Value.options(options));
        }
        Deploy.show(session, result);
        Reboot.show(session, result);
        if (result.texts("snapshots").isEmpty() && result.rows("reboot").isEmpty()) {
            session.note("there is nothing new");
            session.exitWith(ExitCode.NOTHING_NEW);
        }
    }

    private void ask(Session session) throws BusFailure, CommandFailed {
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
        return !manager.properties(Property.CACHED_UPDATE).keys().isEmpty();
    }

    private static boolean available(Properties manager) {
        return manager.properties(Property.CACHED_UPDATE).on("available");
    }

    /// Prints what is known, if anything.
    static void show(Session session, Properties manager) {
        if (!known(manager)) {
            return;
        }
        Properties update = manager.properties(Property.CACHED_UPDATE);
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
        Properties update = manager.properties(Property.CACHED_UPDATE);
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
