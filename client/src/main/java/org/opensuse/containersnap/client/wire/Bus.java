package org.opensuse.containersnap.client.wire;

/// A connection to the system bus, for calls to container-snapd.
public interface Bus {
    /// Calls a method of the object and waits for the answer.
    Value call(String path, Method method, Value... arguments) throws BusFailure;

    /// Calls a method of the manager and waits for the answer.
    default Value call(Method method, Value... arguments) throws BusFailure {
        return call(Names.TOP_PATH, method, arguments);
    }

    /// Reads one property of the object.
    default Value get(String path, Property property) throws BusFailure {
        return call(path, Method.GET_PROPERTY, Value.of(property.interfaceName()), Value.of(property.member()));
    }

    /// Lets the service have a person asked for a password in the calls from now on; false when nobody is there who
    /// could be asked, or they may be already.
    boolean letAsk();

    /// Whether a call failed for want of a password, and is worth another try because a person may be asked now.
    default boolean letAskAfter(BusFailure.Answered failure) {
        return failure.name().equals(Names.INTERACTIVE) && letAsk();
    }

    /// Has jobs' signals, the end of the service and the signals that end this process come out of [#next].
    void watch() throws BusFailure;

    /// Sends a call whose answer comes out of [#next]; answers the number by which it is known there.
    long send(String path, Method method, Value... arguments) throws BusFailure;

    /// Waits for the next event, at most so long.
    Event next(long timeoutMillis) throws BusFailure;
}
