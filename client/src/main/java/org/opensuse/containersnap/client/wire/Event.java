package org.opensuse.containersnap.client.wire;

/// What comes in while a job is waited for.
public sealed interface Event {
    /// The answer to the call of that number.
    record Reply(long call, Value value) implements Event {}

    /// An error as the answer to the call of that number.
    record Refusal(long call, BusFailure.Answered failure) implements Event {}

    /// Properties of the job at path changed; when incomplete, others too, whose values were not sent along.
    record JobChanged(String path, Properties changed, boolean incomplete) implements Event {}

    /// The service that answered this connection left the bus.
    record ServiceGone() implements Event {}

    /// Somebody asked this process to end: SIGINT, SIGTERM or SIGHUP.
    record Interrupted() implements Event {}

    /// Nothing came in time.
    record Quiet() implements Event {}
}
