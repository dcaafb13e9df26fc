package org.opensuse.containersnap.client.story;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.opensuse.containersnap.client.lab.Person;
import org.opensuse.containersnap.client.lab.RawBus;
import org.opensuse.containersnap.client.lab.RawMessage;

/// A connection that has more calls open than a user may, of the kind that is the most work, and calls again at each
/// answer.
final class SoakFlood implements AutoCloseable {
    private static final int OPEN_CALLS = 100;

    private final RawBus bus;
    private final RawMessage call = HostileMessages.call("ObjectManager", "GetManagedObjects");
    private final AtomicLong answered = new AtomicLong();

    /// Has none while it floods.
    private final Semaphore rest = new Semaphore(1);

    private volatile boolean flooding;

    /// The process is nice: it is the service that must not be slowed, not the machine.
    SoakFlood(Person person) {
        bus = RawBus.as(person, "nice", "-n", "19");
    }

    void begin() {
        rest.acquireUninterruptibly();
        flooding = true;
        Thread.ofPlatform().name("flood").start(this::run);
    }

    /// Calls no more, and waits until all is answered.
    void pause() {
        flooding = false;
        rest.acquireUninterruptibly();
        rest.release();
    }

    /// How many answers came.
    long answered() {
        return answered.get();
    }

    @Override
    public void close() {
        bus.close();
    }

    private void run() {
        try {
            for (int i = 0; i < OPEN_CALLS; i++) {
                bus.send(call);
            }
            int open = OPEN_CALLS;
            while (open > 0) {
                Optional<RawMessage> answer = bus.receive();
                if (answer.isEmpty()) {
                    return;
                }
                answered.incrementAndGet();
                if (flooding) {
                    bus.send(call);
                } else {
                    open--;
                }
            }
        } catch (IOException e) {
            // the connection was closed
        } finally {
            rest.release();
        }
    }
}
