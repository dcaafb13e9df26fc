package org.opensuse.containersnap.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.freedesktop.dbus.connections.BusAddress;
import org.freedesktop.dbus.connections.transports.AbstractTransport;
import org.freedesktop.dbus.connections.transports.TransportBuilder;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.messages.DBusSignal;
import org.freedesktop.dbus.messages.Error;
import org.freedesktop.dbus.messages.Message;
import org.freedesktop.dbus.messages.MessageFactory;
import org.freedesktop.dbus.messages.MethodCall;
import org.freedesktop.dbus.messages.MethodReturn;
import org.opensuse.containersnap.wire.MessageReader.Received;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection to a message bus, over dbus-java's transport and messages.
///
/// One thread reads. Incoming calls and signals are handed out on that thread, so the receivers must not block. An
/// answer to a call is written by the thread that gives it, which so has no more to answer than the bus takes;
/// everything else is written by a thread of its own.
public final class BusConnection implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BusConnection.class);

    private static final String BUS = "org.freedesktop.DBus";
    private static final String BUS_PATH = "/org/freedesktop/DBus";
    private static final byte NO_FLAGS = 0;
    private static final String NAME_OWNER_CHANGED = "NameOwnerChanged";

    /// Names that come to another connection, or to none.
    private static final String OWNERS = "type='signal',sender='%1$s',path='%2$s',interface='%1$s',member='%3$s'"
            .formatted(BUS, BUS_PATH, NAME_OWNER_CHANGED);

    /// Names that have no owner any more; the unique name of a connection when it ends.
    private static final String LEAVING = OWNERS + ",arg2=''";

    private static final String LIMITS_EXCEEDED = BUS + ".Error.LimitsExceeded";

    /// The bus takes 32 MB and disconnects who sends more.
    private static final int MOST_MESSAGE_BYTES = 16 << 20;

    private static final Duration TO_WRITE = Duration.ofSeconds(2);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(25);

    /// RequestName: DBUS_NAME_FLAG_DO_NOT_QUEUE, and the reply DBUS_REQUEST_NAME_REPLY_PRIMARY_OWNER.
    private static final long DO_NOT_QUEUE = 4;

    private static final long PRIMARY_OWNER = 1;

    private final AbstractTransport transport;
    private final SocketChannel channel;

    /*
     * Messages must not mix, so there is a lock, and who waited longest is next. An interrupt in the middle of a write
     * would close the connection, while jobs are cancelled by interrupting them; and the reading thread must not wait.
     * So these leave what they have to say to the writer. A message goes out in one system call; dbus-java's own writer
     * takes one for each of its some twenty pieces.
     */
    private final ReentrantLock writing = new ReentrantLock(true);
    private final ExecutorService writer = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("bus-writer").factory());
    private final MessageFactory messages;
    private final PendingCalls pending = new PendingCalls();

    /// Who called and is still on the bus, by unique name. They come and go on the reading thread, in the order of the
    /// bus; who the bus does not know goes any time.
    private final Map<String, Peer> peers = new ConcurrentHashMap<>();

    /// What hears a signal, by its path, interface and member.
    private final Map<String, Runnable> listeners = new ConcurrentHashMap<>();

    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private volatile Consumer<Call> calls =
            call -> errorLater(call, BUS + ".Error.ServiceUnknown", "the service is starting; try again");
    private volatile boolean closing;

    private BusConnection(AbstractTransport transport, SocketChannel channel) {
        this.transport = transport;
        this.channel = channel;
        this.messages = transport.getMessageFactory();
    }

    /// Connects and says hello.
    ///
    /// @param address such as `unix:path=/run/dbus/system_bus_socket`
    /// @throws IOException when there is no bus or it refuses us
    public static BusConnection connect(String address) throws IOException {
        try {
            AbstractTransport transport = TransportBuilder.create(BusAddress.of(address))
                    .configure()
                    .withAutoConnect(false)
                    .back()
                    .build();
            BusConnection connection = new BusConnection(transport, transport.connect());
            Thread.ofPlatform().name("bus-reader").start(connection::read);
            connection.call(BUS, BUS_PATH, BUS, "Hello", "", List.of());
            connection.call(BUS, BUS_PATH, BUS, "AddMatch", "s", List.of(LEAVING));
            return connection;
        } catch (DBusException | BusError e) {
            throw new IOException("no message bus at " + address + ": " + e.getMessage(), e);
        }
    }

    /// Receives the method calls to this connection from now on.
    public void serve(Consumer<Call> receiver) {
        calls = receiver;
    }

    /// Becomes the owner of a well-known name.
    ///
    /// @throws BusError when the bus policy forbids it, or somebody else has it
    public void own(String name) throws BusError {
        Object answer = call(BUS, BUS_PATH, BUS, "RequestName", "su", List.of(name, DO_NOT_QUEUE))
                .getFirst();
        if (!answer.equals(PRIMARY_OWNER)) {
            throw new BusError(BUS + ".Error.Failed", "another process owns the name " + name + " on the bus");
        }
    }

    /// Hears a signal from now on, on the reading thread. What it says is not told: anybody may send one like it
    /// straight to this connection, so it is no more than a hint to ask.
    public void listen(String sender, String path, String interfaceName, String member, Runnable heard)
            throws BusError {
        listeners.put(signalKey(path, interfaceName, member), heard);
        String rule = "type='signal',sender='%s',path='%s',interface='%s',member='%s'"
                .formatted(sender, path, interfaceName, member);
        call(BUS, BUS_PATH, BUS, "AddMatch", "s", List.of(rule));
    }

    private static String signalKey(String path, String interfaceName, String member) {
        return path + " " + interfaceName + "." + member;
    }

    /// Gives a well-known name back. What was sent to it before has been handed out on return.
    public void disown(String name) throws BusError {
        call(BUS, BUS_PATH, BUS, "ReleaseName", "s", List.of(name));
    }

    /// Calls a method and waits for its reply, 25 seconds at most.
    ///
    /// @param interfaceName empty for a call that names none
    /// @return the reply's arguments
    /// @throws BusError with the name and message of an error reply, or a standard name when none came
    public List<Object> call(
            String destination, String path, String interfaceName, String member, String signature, List<?> arguments)
            throws BusError {
        CompletableFuture<List<Object>> reply = ask(destination, path, interfaceName, member, signature, arguments);
        try {
            return reply.get(CALL_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new BusError(BUS + ".Error.NoReply", destination + " did not answer " + member);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BusError(BUS + ".Error.NoReply", "interrupted while waiting for " + destination);
        } catch (ExecutionException e) {
            throw BusError.of(e);
        } finally {
            reply.cancel(false);
        }
    }

    /// Calls a method without waiting; as long as it takes.
    ///
    /// @return the reply's arguments or a [BusError], completed on the reading thread; to be cancelled by who does
    ///     not want it any more
    public CompletableFuture<List<Object>> ask(
            String destination, String path, String interfaceName, String member, String signature, List<?> arguments) {
        watchOwner(destination);
        try {
            MethodCall call = messages.createMethodCall(
                    null,
                    destination,
                    path,
                    interfaceName.isEmpty() ? null : interfaceName,
                    member,
                    NO_FLAGS,
                    signature.isEmpty() ? null : signature,
                    Values.toWire(signature, arguments));
            CompletableFuture<List<Object>> answer = pending.add(call.getSerial(), destination);
            if (ended.isDone()) {
                answer.completeExceptionally(gone());
            }
            write(call);
            return answer;
        } catch (DBusException e) {
            throw new IllegalStateException("a message that can't be marshalled", e);
        }
    }

    /// Has the bus tell whose replies to calls to a well-known name are. It tells before such a reply comes, as it does
    /// everything in order.
    private void watchOwner(String name) {
        synchronized (pending) {
            if (pending.beginWatching(name)) {
                CompletableFuture<?> _ =
                        ask(BUS, BUS_PATH, BUS, "AddMatch", "s", List.of(OWNERS + ",arg0='" + name + "'"));
                CompletableFuture<?> _ = ask(BUS, BUS_PATH, BUS, "GetNameOwner", "s", List.of(name))
                        .thenAccept(owner -> pending.owned(name, (String) owner.getFirst()));
            }
        }
    }

    /// Answers a call, unless its caller wants no answer.
    public void reply(Call call, String signature, List<?> values) {
        if (!call.replyWanted()) {
            return;
        }
        Object[] wired = Values.toWire(signature, values);
        ByteBuffer reply = bytes(
                make(() -> messages.createMethodReturn(call.message, signature.isEmpty() ? null : signature, wired)));
        if (reply.remaining() > MOST_MESSAGE_BYTES) {
            log.warn("an answer is too large for the bus member={} bytes={}", call.member(), reply.remaining());
            error(
                    call,
                    LIMITS_EXCEEDED,
                    "the answer has " + reply.remaining() + " bytes, at most " + MOST_MESSAGE_BYTES
                            + " are sent; ask for the objects one by one");
            return;
        }
        writeNow(reply);
    }

    /// Answers a call with an error, unless its caller wants no answer.
    public void error(Call call, String name, String message) {
        if (call.replyWanted()) {
            writeNow(bytes(error(call.message, name, message)));
        }
    }

    /// Answers a call with an error, unless its caller wants no answer, without waiting until it is written.
    public void errorLater(Call call, String name, String message) {
        refusal(call, name, message).run();
    }

    /// An error as the answer to a call, unless its caller wants no answer: sends it when it is run, without waiting
    /// until it is written. It keeps nothing of the call, which may be large.
    public Runnable refusal(Call call, String name, String message) {
        if (!call.replyWanted()) {
            return () -> {};
        }
        Message error = error(call.message, name, message);
        return () -> write(error);
    }

    /// Sends a signal to all who listen.
    public void signal(String path, String interfaceName, String member, String signature, List<?> values) {
        Object[] wired = Values.toWire(signature, values);
        write(make(() -> messages.createSignal(null, path, interfaceName, member, signature, wired)));
    }

    /// Completes when the connection has ended.
    public CompletableFuture<Void> ended() {
        return ended;
    }

    @Override
    public void close() {
        closing = true;
        writer.shutdown();
        try {
            if (!writer.awaitTermination(TO_WRITE.toSeconds(), TimeUnit.SECONDS)) {
                log.warn("the bus does not take the last messages");
            }
            transport.close();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            log.debug("closing the bus connection", e);
        }
    }

    private void write(Message message) {
        try {
            writer.execute(() -> writeUnlessTooLarge(message));
        } catch (RejectedExecutionException e) {
            log.debug("closing, a message was dropped", e);
        }
    }

    private void writeUnlessTooLarge(Message message) {
        ByteBuffer bytes = bytes(message);
        if (bytes.remaining() > MOST_MESSAGE_BYTES) {
            log.warn("a message that is too large for the bus was dropped {}", message.getName());
        } else {
            writeNow(bytes);
        }
    }

    private void writeNow(ByteBuffer bytes) {
        writing.lock();
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            log.debug("the bus is gone, a message was dropped", e);
        } finally {
            writing.unlock();
        }
    }

    /// The pieces of a marshalled message in one; after the last comes null.
    private static ByteBuffer bytes(Message message) {
        byte[][] pieces = message.getWireData();
        int size = 0;
        for (int i = 0; i < pieces.length && pieces[i] != null; i++) {
            size += pieces[i].length;
        }
        ByteBuffer bytes = ByteBuffer.allocate(size);
        for (int i = 0; i < pieces.length && pieces[i] != null; i++) {
            bytes.put(pieces[i]);
        }
        return bytes.flip();
    }

    private Message error(MethodCall call, String name, String message) {
        return make(
                () -> messages.createError(null, call.getSource(), name, call.getSerial(), "s", Values.text(message)));
    }

    private interface MessageMaker {
        Message make() throws DBusException;
    }

    private static Message make(MessageMaker maker) {
        try {
            return maker.make();
        } catch (DBusException e) {
            throw new IllegalStateException("a message that can't be marshalled", e);
        }
    }

    private void read() {
        MessageReader reader = new MessageReader(channel);
        try {
            while (true) {
                Received received = reader.next();
                if (received != null) {
                    receive(received);
                }
            }
        } catch (IOException e) {
            if (!closing) {
                log.warn("the bus connection ended: {}", e.getMessage());
            }
        } finally {
            ended.complete(null);
            pending.end(gone());
            List.copyOf(peers.keySet()).forEach(this::left);
        }
    }

    /// No message ends the reading thread, on which everything waits.
    private void receive(Received received) {
        try {
            switch (received.message()) {
                case MethodCall call -> receive(call, received);
                case MethodReturn reply -> pending.complete(reply, received.tooLong());
                case Error error -> pending.complete(error, received.tooLong());
                case DBusSignal signal -> receive(signal);
                default -> log.debug("unexpected {}", received.message());
            }
        } catch (RuntimeException e) {
            log.error("a message that can't be taken", e);
        }
    }

    private void receive(MethodCall message, Received received) {
        Call call = new Call(message, peer(message.getSource()));
        if (received.tooLong()) {
            errorLater(
                    call,
                    LIMITS_EXCEEDED,
                    "the arguments have " + received.bodyBytes() + " bytes, at most " + MessageReader.MOST_CALL_BYTES
                            + " are read");
            return;
        }
        try {
            calls.accept(call);
        } catch (RuntimeException e) {
            log.error("a call that can't be taken, from {}", message.getSource(), e);
            errorLater(call, BUS + ".Error.Failed", "the call can't be taken");
        }
    }

    private Peer peer(String uniqueName) {
        return peers.computeIfAbsent(uniqueName, name -> {
            CompletableFuture<List<Object>> answer = ask(
                            BUS, BUS_PATH, BUS, "GetConnectionCredentials", "s", List.of(name))
                    .orTimeout(CALL_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            Peer peer = new Peer(name, answer);
            // The next call of who is still there asks anew.
            CompletableFuture<?> _ = answer.exceptionally(_ -> {
                peers.remove(name, peer);
                return List.of();
            });
            return peer;
        });
    }

    private void receive(DBusSignal signal) {
        try {
            if (NAME_OWNER_CHANGED.equals(signal.getName())
                    && BUS.equals(signal.getSource())
                    && signal.getParameters()[0] instanceof String name
                    && signal.getParameters()[2] instanceof String owner) {
                pending.owned(name, owner);
                if (owner.isEmpty()) {
                    left(name);
                }
            }
            Runnable listener = listeners.get(signalKey(signal.getPath(), signal.getInterface(), signal.getName()));
            if (listener != null) {
                listener.run();
            }
        } catch (DBusException | RuntimeException e) {
            log.warn("a signal of the bus that can't be read", e);
        }
    }

    private void left(String name) {
        Peer peer = peers.remove(name);
        if (peer != null) {
            peer.leave();
        }
    }

    private static BusError gone() {
        return new BusError(BUS + ".Error.Disconnected", "the bus is gone");
    }
}
