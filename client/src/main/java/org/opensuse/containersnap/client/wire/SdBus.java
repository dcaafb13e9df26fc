package org.opensuse.containersnap.client.wire;

import org.teavm.interop.Address;
import org.teavm.interop.Import;
import org.teavm.interop.c.Include;

/// The functions of sd-bus (sd-bus(3)) that this program calls. Each answers a negative errno when it fails.
@Include("systemd/sd-bus.h")
final class SdBus {
    /// Values of sd_bus_message_get_type.
    static final int METHOD_RETURN = 2;

    static final int METHOD_ERROR = 3;
    static final int SIGNAL = 4;

    private SdBus() {}

    @Import(name = "sd_bus_open_system")
    static native int openSystem(Address bus);

    @Import(name = "sd_bus_open_system_remote")
    static native int openSystemRemote(Address bus, Address host);

    @Import(name = "sd_bus_open_system_machine")
    static native int openSystemMachine(Address bus, Address machine);

    @Import(name = "sd_bus_is_ready")
    static native int isReady(Address bus);

    @Import(name = "sd_bus_add_match")
    static native int addMatch(Address bus, Address slot, Address match, Address callback, Address data);

    @Import(name = "sd_bus_send")
    static native int send(Address bus, Address message, Address cookie);

    @Import(name = "sd_bus_process")
    static native int process(Address bus, Address message);

    @Import(name = "sd_bus_get_fd")
    static native int getFd(Address bus);

    @Import(name = "sd_bus_get_events")
    static native int getEvents(Address bus);

    @Import(name = "sd_bus_get_timeout")
    static native int getTimeout(Address bus, Address microseconds);

    @Import(name = "sd_bus_message_new_method_call")
    static native int newMethodCall(
            Address bus, Address message, Address destination, Address path, Address interfaceName, Address member);

    @Import(name = "sd_bus_message_set_allow_interactive_authorization")
    static native int setAllowInteractiveAuthorization(Address message, int allow);

    @Import(name = "sd_bus_message_set_auto_start")
    static native int setAutoStart(Address message, int autoStart);

    @Import(name = "sd_bus_message_unref")
    static native Address unref(Address message);

    @Import(name = "sd_bus_message_append_basic")
    static native int appendBasic(Address message, byte type, Address value);

    @Import(name = "sd_bus_message_open_container")
    static native int openContainer(Address message, byte type, Address contents);

    @Import(name = "sd_bus_message_close_container")
    static native int closeContainer(Address message);

    @Import(name = "sd_bus_message_get_type")
    static native int getType(Address message, Address type);

    @Import(name = "sd_bus_message_get_reply_cookie")
    static native int getReplyCookie(Address message, Address cookie);

    @Import(name = "sd_bus_message_get_error")
    static native Address getError(Address message);

    @Import(name = "sd_bus_message_get_sender")
    static native Address getSender(Address message);

    @Import(name = "sd_bus_message_get_path")
    static native Address getPath(Address message);

    @Import(name = "sd_bus_message_is_signal")
    static native int isSignal(Address message, Address interfaceName, Address member);

    @Import(name = "sd_bus_message_peek_type")
    static native int peekType(Address message, Address type, Address contents);

    @Import(name = "sd_bus_message_enter_container")
    static native int enterContainer(Address message, byte type, Address contents);

    @Import(name = "sd_bus_message_exit_container")
    static native int exitContainer(Address message);

    @Import(name = "sd_bus_message_read_basic")
    static native int readBasic(Address message, byte type, Address value);
}
