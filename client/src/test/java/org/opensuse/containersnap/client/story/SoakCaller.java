package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Person;
import org.opensuse.containersnap.client.lab.RawBus;
import org.opensuse.containersnap.client.lab.RawMessage;

/// One of many who call the service at the same time, each over a connection of its own, a call after the other with
/// pauses in between. It knows what it may be answered.
abstract class SoakCaller implements Runnable {
    static final Map<String, Object> NO_OPTIONS = Map.of();
    static final String READ = "reads";
    static final String CHANGE = "changes";

    final World world;
    final Person person;
    final Random random;
    private final long pauseMillis;
    private volatile Optional<RawBus> connection = Optional.empty();
    private volatile String now = "nothing";

    /// @param pauseMillis between calls on average
    SoakCaller(World world, Person person, long seed, long pauseMillis) {
        this.world = world;
        this.person = person;
        this.random = new Random(seed);
        this.pauseMillis = pauseMillis;
    }

    /// What all share.
    ///
    /// @param image that nobody deletes, with a snapshot
    /// @param made the snapshots that anybody made, ever
    /// @param wrong answers that should have been others
    record World(
            Lab lab,
            String image,
            Latencies latencies,
            Set<String> made,
            Queue<String> wrong,
            AtomicLong answers,
            AtomicLong killed) {
        World(Lab lab, String image, Latencies latencies) {
            this(
                    lab,
                    image,
                    latencies,
                    ConcurrentHashMap.newKeySet(),
                    new ConcurrentLinkedQueue<>(),
                    new AtomicLong(),
                    new AtomicLong());
        }
    }

    /// The process of the caller was killed before an answer came.
    static final class Killed extends Exception {
        private static final long serialVersionUID = 1;
    }

    /// Makes one call, or a few that belong together.
    abstract void turn() throws Killed;

    /// Forgets what it knew of a call whose answer it did not live to see.
    void killed() {}

    /// Whether somebody may kill its process at any moment.
    boolean mortal() {
        return true;
    }

    /// Makes calls until the thread is interrupted.
    @Override
    public final void run() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                turn();
            } catch (Killed _) {
                world.killed.incrementAndGet();
                killed();
                leave();
            } catch (AssertionError | RuntimeException e) {
                world.wrong.add(this + ", " + now + ": " + e);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(pauseMillis / 2 + random.nextLong(pauseMillis)));
        }
        leave();
    }

    /// Kills its process.
    final void kill() {
        connection.ifPresent(RawBus::close);
    }

    /// Ends the connection.
    final void leave() {
        kill();
        connection = Optional.empty();
    }

    @Override
    public final String toString() {
        return getClass().getSimpleName() + " of " + person.name();
    }

    /// What it is doing.
    final String now() {
        return now;
    }

    final RawBus bus() {
        RawBus bus = connection.orElseGet(() -> RawBus.as(person));
        connection = Optional.of(bus);
        return bus;
    }

    /// Calls and gives the answer, whatever it is.
    final RawMessage ask(String kind, RawMessage call) throws Killed {
        now = call.text(RawMessage.MEMBER) + " of " + call.text(RawMessage.PATH);
        RawBus bus = bus();
        Runnable answered = world.latencies.begin(kind);
        try {
            long serial = bus.send(call);
            Optional<RawMessage> message = bus.receive();
            while (message.isPresent() && message.get().replySerial() != serial) {
                assertThat(message.get().replySerial())
                        .as("the call to which %s is the answer", message.get().line())
                        .isZero();
                message = bus.receive();
            }
            RawMessage answer = message.orElseThrow(Killed::new);
            answered.run();
            world.answers.incrementAndGet();
            return answer;
        } catch (IOException e) {
            throw new Killed();
        }
    }

    /// Calls, which has to work.
    final List<Object> ok(String kind, RawMessage call) throws Killed {
        RawMessage answer = ask(kind, call);
        assertThat(answer.line()).isEqualTo("ok");
        return answer.arguments();
    }

    /// Calls, which has to be refused with an error of this name, the last part of it.
    final void refused(String kind, String error, RawMessage call) throws Killed {
        assertThat(ask(kind, call).line()).startsWith(error + ": ");
    }

    /// The IDs of the snapshots.
    final List<String> snapshots() throws Killed {
        List<String> ids = new ArrayList<>();
        for (Object row :
                (List<?>) ok(READ, HostileMessages.manager("ListSnapshots").arguments("a{sv}", NO_OPTIONS))
                        .getFirst()) {
            Map<?, ?> properties = (Map<?, ?>) ((List<?>) row).getLast();
            assertThat(properties.get("Root")).isEqualTo(Machine.ROOTS + properties.get("Id") + "/");
            ids.add((String) properties.get("Id"));
        }
        assertThat(ids).doesNotHaveDuplicates();
        return ids;
    }

    final Object property(String path, String interfaceName, String name) throws Killed {
        return ok(
                        READ,
                        HostileMessages.call("Properties", "Get")
                                .with(RawMessage.PATH, "o", path)
                                .arguments("ss", Machine.BUS_NAME + "." + interfaceName, name))
                .getFirst();
    }

    static RawMessage getRoot(String snapshot) {
        return HostileMessages.manager("GetRoot").arguments("s", snapshot);
    }

    /// A method that takes an ID or a reference, and options.
    static RawMessage change(String method, String target) {
        return HostileMessages.manager(method).arguments("sa{sv}", target, NO_OPTIONS);
    }

    static RawMessage setReadOnly(String snapshot, boolean readOnly) {
        return HostileMessages.manager("SetReadOnly").arguments("sba{sv}", snapshot, readOnly, NO_OPTIONS);
    }
}
