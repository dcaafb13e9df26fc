package org.opensuse.containersnap.wire;

import java.util.List;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.messages.MethodCall;
import org.freedesktop.dbus.messages.constants.Flags;

/// A method call that came over the bus.
public final class Call {
    /// ALLOW_INTERACTIVE_AUTHORIZATION of the D-Bus specification; dbus-java has no name for it.
    private static final int ALLOW_INTERACTIVE_AUTHORIZATION = 0x4;

    final MethodCall message;
    private final Peer peer;
    private final List<Object> arguments;

    private Call(MethodCall message, Peer peer, List<Object> arguments) {
        this.message = message;
        this.peer = peer;
        this.arguments = arguments;
    }

    static Call read(MethodCall message, Peer peer) throws DBusException {
        Object[] parameters = message.getParameters();
        return new Call(message, peer, parameters == null ? List.of() : Values.fromWire(parameters));
    }

    /// The caller; the bus vouches for it.
    public Peer peer() {
        return peer;
    }

    public String path() {
        return orEmpty(message.getPath());
    }

    /// Empty when the caller named none.
    public String interfaceName() {
        return orEmpty(message.getInterface());
    }

    public String member() {
        return orEmpty(message.getName());
    }

    /// Of the arguments.
    public String signature() {
        return orEmpty(message.getSig());
    }

    /// In the shapes of the table at [Values].
    public List<Object> arguments() {
        return arguments;
    }

    /// The argument at an index whose type is a string's.
    public String text(int index) {
        return (String) arguments.get(index);
    }

    /// Whether the caller allows that a person is asked.
    public boolean interactive() {
        return (message.getFlags() & ALLOW_INTERACTIVE_AUTHORIZATION) != 0;
    }

    /// Whether the caller waits for an answer.
    public boolean replyWanted() {
        return (message.getFlags() & Flags.NO_REPLY_EXPECTED) == 0;
    }

    private static String orEmpty(String text) {
        return text == null ? "" : text;
    }
}
