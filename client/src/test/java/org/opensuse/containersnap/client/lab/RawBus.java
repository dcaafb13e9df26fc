package org.opensuse.containersnap.client.lab;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;

/// A connection to a machine's bus on which anything can be sent, byte by byte.
public final class RawBus implements AutoCloseable {
    private static final String BUS = "org.freedesktop.DBus";
    private static final Path PIPE = Path.of("src/test/resources/bus-pipe");

    private final DataInputStream in;
    private final OutputStream out;
    private final AutoCloseable connection;
    private long serial;
    private String name = "";

    private RawBus(InputStream in, OutputStream out, AutoCloseable connection) {
        this.in = new DataInputStream(new BufferedInputStream(in));
        this.out = out;
        this.connection = connection;
    }

    /// Connects as root, from outside the machine.
    public static RawBus asRoot(Lab lab) {
        try {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(lab.outside("/run/dbus/system_bus_socket")));
            return new RawBus(Channels.newInputStream(channel), Channels.newOutputStream(channel), channel).greet(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Connects as a person, whose process it is. Closing it kills that.
    public static RawBus as(Person person) {
        Process process = person.start(person.lab().inside(PIPE));
        try {
            return new RawBus(process.getInputStream(), process.getOutputStream(), () -> kill(process))
                    .greet(person.uid());
        } catch (IOException e) {
            kill(process);
            throw new AssertionError(process.errorReader().lines().collect(Collectors.joining("\n")), e);
        }
    }

    /// The unique name.
    public String name() {
        return name;
    }

    /// Sends a message under a serial of its own, unless it has one.
    ///
    /// @return the serial
    /// @throws IOException when the bus has ended the connection
    public long send(RawMessage message) throws IOException {
        long used = message.serial() == 0 ? ++serial : message.serial();
        send(message.serial(used).bytes());
        return used;
    }

    public void send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /// Says that nothing more is sent, of a connection from outside the machine.
    public void sendEnd() throws IOException {
        ((SocketChannel) connection).shutdownOutput();
    }

    /// Waits for the next message.
    ///
    /// @return empty when the bus has ended the connection
    public Optional<RawMessage> receive() {
        try {
            return Optional.of(RawMessage.read(in));
        } catch (EOFException _) {
            return Optional.empty();
        } catch (IOException _) {
            return Optional.empty(); // a connection that was reset
        }
    }

    /// Waits for the reply to a message and leaves out what comes before.
    ///
    /// @return empty when the bus has ended the connection
    public Optional<RawMessage> reply(long to) {
        Optional<RawMessage> message = receive();
        while (message.isPresent() && message.get().replySerial() != to) {
            message = receive();
        }
        return message;
    }

    /// Calls and waits for the reply.
    public RawMessage call(RawMessage call) {
        try {
            return reply(send(call)).orElseThrow(() -> new AssertionError("the bus ended the connection"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /// The program that entered the machine, and what it started there.
    private static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private RawBus greet(long uid) throws IOException {
        StringBuilder hex = new StringBuilder();
        for (byte digit : Long.toString(uid).getBytes(StandardCharsets.US_ASCII)) {
            hex.append(String.format("%02x", digit));
        }
        say("\0AUTH EXTERNAL " + hex);
        say("NEGOTIATE_UNIX_FD");
        send("BEGIN\r\n".getBytes(StandardCharsets.US_ASCII));
        name = (String)
                call(RawMessage.call(BUS, "/", BUS, "Hello")).arguments().getFirst();
        return this;
    }

    private void say(String line) throws IOException {
        send((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
        StringBuilder answer = new StringBuilder();
        while (!answer.toString().endsWith("\r\n")) {
            answer.append((char) in.readUnsignedByte());
        }
        if (!answer.toString().startsWith("OK ") && !answer.toString().startsWith("AGREE_UNIX_FD")) {
            throw new IOException("the bus answers " + answer);
        }
    }
}
