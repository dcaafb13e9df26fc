package org.opensuse.containersnap.client.wire;

/// Which machine's system bus to talk to.
public sealed interface Target {
    /// The bus of this machine.
    record Local() implements Target {}

    /// The bus of another machine, through ssh; host is [USER@]HOST[:PORT][/CONTAINER].
    record Remote(String host) implements Target {}

    /// The bus of a local container that systemd-machined knows; name is [USER@]NAME.
    record Machine(String name) implements Target {}
}
