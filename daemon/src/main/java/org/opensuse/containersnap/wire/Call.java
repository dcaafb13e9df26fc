package org.opensuse.containersnap.wire;

import java.util.List;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.messages.MethodCall;
import org.freedesktop.dbus.messages.constants.Flags;
import org.jspecify.annotations.Nullable;

/// A method call that came over the bus.
///
/// Its arguments are read when somebody looks at them: by then it is known whose turn it is and that they are of the
/// types that the method takes, so a large and useless message costs nothing.
public final class Call {
    /// ALLOW_INTERACTIVE_AUTHORIZATION of the D-Bus specification; dbus-java has no name for it.
    private static final int ALLOW_INTERACTIVE_AUTHORIZATION = 0x4;

    final MethodCall message;
    private final Peer peer;
    private @Nullable List<Object> arguments;

    Call(MethodCall message, Peer peer) {
        this.message = message;
        this.peer = peer;
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

    /// Reads the arguments, of one thread at a time.
    ///
    /// @throws BusError when they can't be read
    public void readArguments() throws BusError {
        try {
            Object[] parameters = message.getParameters();
            arguments = parameters == null ? List.of() : Values.fromWire(parameters);
        } catch (DBusException | RuntimeException e) {
            throw new BusError("org.freedesktop.DBus.Error.InvalidArgs", "the arguments can't be read");
        }
    }

    /// The arguments that were read, in the shapes of the table at [Values].
    public List<Object> arguments() {
        List<Object> read = arguments;
        if (read == null) {
            throw new IllegalStateException("the arguments were not read");
        }
        return read;
    }

    /// The argument at an index whose type is a string's.
    public String text(int index) {
        return (String) arguments().get(index);
    }

    /// Whether the caller allows that a person is asked.
    public boolean interactive() {
        return (message.getFlags() & ALLOW_INTERACTIVE_AUTHORIZATION) != 0;
    }

    /// Whether the caller waits for an answer.
    public boolean replyWanted() {
        return (message.getFlags() & Flags.NO_REPLY_EXPECTED) == 0;
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }
}
