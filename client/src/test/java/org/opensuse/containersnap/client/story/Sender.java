package org.opensuse.containersnap.client.story;

import java.io.IOException;
import java.util.Optional;
import org.opensuse.containersnap.client.lab.Person;
import org.opensuse.containersnap.client.lab.RawBus;
import org.opensuse.containersnap.client.lab.RawMessage;
import org.opensuse.containersnap.client.story.HostileMessages.Case;
import org.opensuse.containersnap.client.story.HostileMessages.Outcome;

/// A connection of a person on which hostile messages are sent, and another one when the bus has had enough of it.
final class Sender implements AutoCloseable {
    private final Person person;
    private Optional<RawBus> connection = Optional.empty();

    Sender(Person person) {
        this.person = person;
    }

    /// Whether the bus has not ended the connection.
    boolean connected() {
        return connection.isPresent();
    }

    /// Sends a message and a call after it, and waits for the answer to the call, and for one to the message where one
    /// has to come.
    ///
    /// @return the answer to the message
    Optional<RawMessage> exchange(Case message) {
        boolean awaited = message.outcome() == Outcome.ANSWERED || message.outcome() == Outcome.REFUSED;
        RawBus bus = connection.orElseGet(() -> RawBus.as(person));
        connection = Optional.of(bus);
        try {
            bus.send(message.bytes());
            long next = bus.send(HostileMessages.call("Peer", "Ping"));
            Optional<RawMessage> answer = Optional.empty();
            boolean nextAnswered = false;
            while (!nextAnswered || (awaited && answer.isEmpty())) {
                RawMessage received = bus.receive().orElseThrow(() -> new IOException("the bus ended the connection"));
                if (received.replySerial() == next) {
                    nextAnswered = true;
                } else if (received.replySerial() != 0) {
                    answer = Optional.of(received);
                }
            }
            return answer;
        } catch (IOException e) {
            close();
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        connection.ifPresent(RawBus::close);
        connection = Optional.empty();
    }
}
