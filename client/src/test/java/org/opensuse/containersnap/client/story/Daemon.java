package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.RawBus;
import org.opensuse.containersnap.client.lab.RawMessage;

/// The process of the service, seen from outside.
///
/// @param pid in the machine
/// @param name its unique name on the bus, which another process would not have
record Daemon(Lab lab, String pid, String name) {
    private static final String BUS = "org.freedesktop.DBus";

    /// The daemon that runs, or is started by this.
    static Daemon of(Lab lab) {
        lab.run("busctl", "call", Machine.BUS_NAME, "/", BUS + ".Peer", "Ping").ok();
        return new Daemon(lab, ask(lab, "GetConnectionUnixProcessID"), ask(lab, "GetNameOwner"));
    }

    /// That it is still the same process which has the name.
    void assertSame(RawBus bus) {
        assertThat(bus.call(RawMessage.call(BUS, "/", BUS, "GetNameOwner").arguments("s", Machine.BUS_NAME))
                        .arguments())
                .containsExactly(name);
    }

    /// What its file descriptors are, and how many there are of each.
    Map<String, Long> files() {
        return counted(lab.bash("find \"/proc/$1/fd\" -type l -printf '%l\\n'", pid)
                .ok()
                .lines()
                .map(file -> file.replaceFirst("^socket:.*", "socket")));
    }

    /// Waits until there is none of them that was not there before.
    void awaitNoMoreFiles(Map<String, Long> before) {
        Await.until(
                "no more files than " + before,
                () -> files().entrySet().stream()
                        .allMatch(file -> file.getValue() <= before.getOrDefault(file.getKey(), 0L)));
    }

    private static Map<String, Long> counted(Stream<String> things) {
        return things.collect(Collectors.groupingBy(thing -> thing, TreeMap::new, Collectors.counting()));
    }

    private static String ask(Lab lab, String method) {
        return lab.run("busctl", "call", BUS, "/", BUS, method, "s", Machine.BUS_NAME)
                .line()
                .replaceFirst("^\\S+ ", "")
                .replace("\"", "");
    }
}
