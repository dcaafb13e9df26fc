package org.opensuse.containersnap.wire;

import java.io.IOException;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection to a message bus, over dbus-java's transport and messages.
///
/// One thread reads; any thread may write. Incoming calls and signals are handed out on the reading thread, so the
/// receivers must not block.
public final class BusConnection implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BusConnection.class);

    private static final String BUS = "org.freedesktop.DBus";
    private static final String BUS_PATH = "/org/freedesktop/DBus";
    private static final byte NO_FLAGS = 0;
    private static final Duration TO_WRITE = Duration.ofSeconds(2);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(25);

    /// RequestName: DBUS_NAME_FLAG_DO_NOT_QUEUE, and the reply DBUS_REQUEST_NAME_REPLY_PRIMARY_OWNER.
    private static final long DO_NOT_QUEUE = 4;

    private static final long PRIMARY_OWNER = 1;

    private final AbstractTransport transport;

    /*
     * One thread writes. A message goes out in several writes, which must not mix with those of another thread; and an
     * interrupt in the middle of a write would close the connection, while jobs are cancelled by interrupting them.
     */
    private final ExecutorService writer = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("bus-writer").factory());
    private final MessageFactory messages;
    private final Map<Long, CompletableFuture<Message>> waiting = new ConcurrentHashMap<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private volatile Consumer<Call> calls =
            call -> error(call, BUS + ".Error.ServiceUnknown", "the service is starting; try again");
    private volatile boolean closing;

    private BusConnection(AbstractTransport transport) {
        this.transport = transport;
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
            transport.connect();
            BusConnection connection = new BusConnection(transport);
            Thread.ofPlatform().name("bus-reader").start(connection::read);
            connection.call(BUS, BUS_PATH, BUS, "Hello", "", List.of());
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

    /// Asks the bus for the user ID behind a unique name.
    public long userOf(String uniqueName) throws BusError {
        return (Long) call(BUS, BUS_PATH, BUS, "GetConnectionUnixUser", "s", List.of(uniqueName))
                .getFirst();
    }

    /// Calls a method and waits for its reply, 25 seconds at most.
    ///
    /// @param interfaceName empty for a call that names none
    /// @return the reply's arguments
    /// @throws BusError with the name and message of an error reply, or a standard name when none came
    public List<Object> call(
            String destination, String path, String interfaceName, String member, String signature, List<?> arguments)
            throws BusError {
        CompletableFuture<Message> reply = new CompletableFuture<>();
        long serial = 0;
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
            serial = call.getSerial();
            waiting.put(serial, reply);
            write(call);
            return answer(reply.get(CALL_TIMEOUT.toSeconds(), TimeUnit.SECONDS));
        } catch (TimeoutException e) {
            throw new BusError(BUS + ".Error.NoReply", destination + " did not answer " + member);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BusError(BUS + ".Error.NoReply", "interrupted while waiting for " + destination);
        } catch (ExecutionException | DBusException e) {
            throw new BusError(BUS + ".Error.Disconnected", "the bus is gone: " + e.getMessage());
        } finally {
            waiting.remove(serial);
        }
    }

    /// Answers a call, unless its caller wants no answer.
    public void reply(Call call, String signature, List<?> values) {
        if (!call.replyWanted()) {
            return;
        }
        Object[] wired = Values.toWire(signature, values);
        send(() -> messages.createMethodReturn(call.message, signature.isEmpty() ? null : signature, wired));
    }

    /// Answers a call with an error, unless its caller wants no answer.
    public void error(Call call, String name, String message) {
        if (!call.replyWanted()) {
            return;
        }
        error(call.message, name, message);
    }

    /// Sends a signal to all who listen.
    public void signal(String path, String interfaceName, String member, String signature, List<?> values) {
        Object[] wired = Values.toWire(signature, values);
        send(() -> messages.createSignal(null, path, interfaceName, member, signature, wired));
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

    private List<Object> answer(Message reply) throws BusError, DBusException {
        if (reply instanceof Error error) {
            Object[] parameters = error.getParameters();
            String text = parameters != null && parameters.length > 0 && parameters[0] instanceof String words
                    ? words
                    : "no message";
            throw new BusError(error.getName(), text);
        }
        Object[] parameters = reply.getParameters();
        return parameters == null ? List.of() : Values.fromWire(parameters);
    }

    private void write(Message message) {
        try {
            writer.execute(() -> writeNow(message));
        } catch (RejectedExecutionException e) {
            log.debug("closing, a message was dropped", e);
        }
    }

    private void writeNow(Message message) {
        try {
            transport.writeMessage(message);
        } catch (IOException e) {
            log.debug("the bus is gone, a message was dropped", e);
        }
    }

    private void error(MethodCall call, String name, String message) {
        send(() -> messages.createError(null, call.getSource(), name, call.getSerial(), "s", Values.text(message)));
    }

    private interface MessageMaker {
        Message make() throws DBusException;
    }

    private void send(MessageMaker maker) {
        try {
            write(maker.make());
        } catch (DBusException e) {
            throw new IllegalStateException("a message that can't be marshalled", e);
        }
    }

    private void read() {
        try {
            while (true) {
                Message message = transport.readMessage();
                if (message != null) {
                    receive(message);
                }
            }
        } catch (IOException | DBusException e) {
            if (!closing) {
                log.warn("the bus connection ended: {}", e.getMessage());
            }
        } finally {
            waiting.values().forEach(reply -> reply.completeExceptionally(new IOException("connection ended")));
            ended.complete(null);
        }
    }

    private void receive(Message message) {
        switch (message) {
            case MethodCall call -> receive(call);
            case MethodReturn reply -> complete(reply.getReplySerial(), reply);
            case Error error -> complete(error.getReplySerial(), error);
            case DBusSignal _ -> log.trace("signal {}", message.getName());
            default -> log.debug("unexpected {}", message);
        }
    }

    private void receive(MethodCall message) {
        try {
            calls.accept(Call.read(message));
        } catch (DBusException | RuntimeException | OutOfMemoryError e) {
            log.warn("a call that can't be read, from {}", message.getSource(), e);
            error(message, BUS + ".Error.InvalidArgs", "the arguments can't be read");
        }
    }

    private void complete(long serial, Message reply) {
        CompletableFuture<Message> waiter = waiting.remove(serial);
        if (waiter != null) {
            waiter.complete(reply);
        }
    }
}
