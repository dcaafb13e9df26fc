package org.opensuse.containersnap.client.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.opensuse.containersnap.client.wire.Bus;
import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Host;
import org.opensuse.containersnap.client.wire.Value;

/// One run of a command: its connection, made when first needed, and its output, written when it has succeeded.
final class Session {
    private final Settings settings;
    private final Host host;
    private final Connector connector;
    private final StringBuilder output = new StringBuilder();
    private @Nullable Bus bus;
    private @Nullable CommandFailed end;
    private ExitCode exitCode = ExitCode.DONE;

    Session(Settings settings, Host host, Connector connector) {
        this.settings = settings;
        this.host = host;
        this.connector = connector;
    }

    Settings settings() {
        return settings;
    }

    Host host() {
        return host;
    }

    /// The connection.
    Bus bus() throws BusFailure {
        Bus made = bus;
        if (made == null) {
            made = connector.connect(settings.target(), settings.askPassword() && host.inputIsTerminal());
            bus = made;
        }
        return made;
    }

    /// Prints a line, in which nothing but its end is a control character.
    void line(String text) {
        output.append(Printable.of(text)).append('\n');
    }

    /// Prints lines of this program's own.
    void text(String lines) {
        output.append(lines);
    }

    /// Prints a JSON document, whose strings are harmless already.
    void document(Json json) {
        output.append(json.toString()).append('\n');
    }

    /// Tells the person something that is not the output.
    void note(String text) {
        host.error("container-snap: " + Printable.of(text) + "\n");
    }

    /// Has the program fail after its output was written.
    void endWith(CommandFailed failure) {
        end = failure;
    }

    Optional<CommandFailed> end() {
        return Optional.ofNullable(end);
    }

    /// Has the program say something with its exit status, of which it is no failure.
    void exitWith(ExitCode code) {
        exitCode = code;
    }

    ExitCode exitCode() {
        return exitCode;
    }

    String output() {
        return output.toString();
    }

    /// The ID as an argument of a call.
    static Value value(SnapshotId id) {
        return Value.of(id.text());
    }
}
