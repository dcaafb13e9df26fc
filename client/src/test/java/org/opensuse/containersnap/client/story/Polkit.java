package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.opensuse.containersnap.client.lab.Lab;

/// The polkitd of a machine.
record Polkit(Lab lab) {
    private static final String NAME = "org.freedesktop.PolicyKit1";

    private static final Path EXAMPLE = Contract.DIRECTORY.resolve("examples/49-one-registry.rules");
    private static final String EXAMPLE_USER = "\"NAME\"";
    private static final String EXAMPLE_REGISTRY = "\"registry.example.org\"";

    private static final String ACTIVATION = "/usr/share/dbus-1/system-services/" + NAME + ".service";
    private static final String PUT_AWAY = "/run/lab/" + NAME + ".service";

    private static final String BUS = """
            bus() {
                busctl call org.freedesktop.DBus / org.freedesktop.DBus "$@"
            }
            """;

    private static final String SIGNAL = BUS + """
            pid=$(bus GetConnectionUnixProcessID s "$1")
            kill "$2" "${pid#u }"
            """;

    private static final String AWAIT_END = BUS + """
            while [[ $(bus NameHasOwner s "$1") = "b true" ]]; do :; done
            """;

    /// Starts polkitd, as the first question would.
    void start() {
        lab.run("busctl", "call", NAME, "/", "org.freedesktop.DBus.Peer", "Ping")
                .ok();
    }

    /// Puts rules beside the others, for a polkitd that is started again.
    void addRules(String file, String text) {
        lab.bash("printf %s \"$2\" >\"/etc/polkit-1/rules.d/$1\"; chmod 644 \"/etc/polkit-1/rules.d/$1\"", file, text)
                .ok();
        start();
        end();
        start();
    }

    /// Puts the rule beside the others that is shipped as an example.
    void allowOneRegistry(String user, String registry) {
        try {
            String rule = Files.readString(EXAMPLE);
            assertThat(rule).containsOnlyOnce(EXAMPLE_USER).containsOnlyOnce(EXAMPLE_REGISTRY);
            addRules(
                    "49-" + user + ".rules",
                    rule.replace(EXAMPLE_USER, '"' + user + '"').replace(EXAMPLE_REGISTRY, '"' + registry + '"'));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Ends polkitd for good: nobody can start it.
    void takeAway() {
        start();
        moveActivation(ACTIVATION, PUT_AWAY);
        end();
    }

    /// Lets polkitd be started again.
    void bringBack() {
        moveActivation(PUT_AWAY, ACTIVATION);
    }

    /// Stops polkitd where it is, so that it answers nothing.
    void freeze() {
        signal("-STOP");
    }

    void thaw() {
        signal("-CONT");
    }

    private void end() {
        signal("-TERM");
        lab.bash(AWAIT_END, NAME).ok();
    }

    private void moveActivation(String from, String to) {
        lab.bash("mv \"$1\" \"$2\"; busctl call org.freedesktop.DBus / org.freedesktop.DBus ReloadConfig", from, to)
                .ok();
    }

    private void signal(String signal) {
        lab.bash(SIGNAL, NAME, signal).ok();
    }
}
