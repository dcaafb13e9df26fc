package org.opensuse.containersnap.wire;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.messages.Message;
import org.freedesktop.dbus.messages.MessageFactory;
import org.freedesktop.dbus.messages.constants.MessageTypes;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Cuts what comes from the bus into messages and has dbus-java read them.
///
/// Anybody can have the bus pass on what dbus-java takes the connection down for: a header field or a type of message
/// that it does not know, or 32 MB of which it makes several copies. So its own reader is not used. What it could not
/// read is left out here, and what is too long is not kept.
final class MessageReader {
    /// The longest argument of the contract has 4096 characters.
    static final int MOST_CALL_BYTES = 64 << 10;

    static final int MOST_REPLY_BYTES = 16 << 20;

    /// Names have 255 characters at most, paths of ours fewer.
    private static final int MOST_HEADER_BYTES = 8 << 10;

    /// DBUS_MAXIMUM_MESSAGE_LENGTH.
    private static final long MOST_BUS_BYTES = 128 << 20;

    private static final Logger log = LoggerFactory.getLogger(MessageReader.class);

    private static final int START_BYTES = 12;
    private static final int LENGTH_BYTES = 4;
    private static final int BODY_LENGTH_AT = 4;
    private static final int ALIGNMENT = 8;

    private final ReadableByteChannel channel;
    private final ByteBuffer ahead = ByteBuffer.allocate(16 << 10).flip();

    MessageReader(ReadableByteChannel channel) {
        this.channel = channel;
    }

    /// A message that came.
    ///
    /// @param message without its arguments when they are too long
    /// @param bodyBytes how long the arguments are
    record Received(Message message, long bodyBytes) {
        boolean tooLong() {
            return bodyBytes > most(message.getType());
        }
    }

    /// Waits for the next message.
    ///
    /// @return null for one that is of no use
    /// @throws IOException when the connection has ended, or carries something else than messages
    @Nullable
    Received next() throws IOException {
        byte[] start = take(START_BYTES);
        ByteOrder order = order(start);
        byte type = start[1];
        long bodyBytes = length(start, BODY_LENGTH_AT, order);
        byte[] length = take(LENGTH_BYTES);
        long fieldBytes = length(length, 0, order);
        int paddedBytes = (int) (fieldBytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (paddedBytes > MOST_HEADER_BYTES) {
            log.debug("a message with too long a header was left out bytes={}", fieldBytes);
            skip(paddedBytes + bodyBytes);
            return null;
        }
        byte[] fields = take(paddedBytes);
        byte[] body = {};
        if (bodyBytes > most(type)) {
            skip(bodyBytes);
        } else {
            body = take((int) bodyBytes);
        }
        try {
            byte[] header = HeaderFields.known(ByteBuffer.wrap(fields, 0, (int) fieldBytes), order);
            return new Received(MessageFactory.createMessage(type, start, header, body, List.of()), bodyBytes);
        } catch (DBusException | IOException | RuntimeException e) {
            log.debug("a message that can't be read was left out", e);
            return null;
        }
    }

    private static long most(byte type) {
        return type == MessageTypes.METHOD_REPLY.getId() || type == MessageTypes.ERROR.getId()
                ? MOST_REPLY_BYTES
                : MOST_CALL_BYTES;
    }

    private static ByteOrder order(byte[] start) throws IOException {
        if (start[3] != Message.PROTOCOL) {
            throw new IOException("the bus speaks version " + start[3] + " of the protocol");
        }
        return switch (start[0]) {
            case 'l' -> ByteOrder.LITTLE_ENDIAN;
            case 'B' -> ByteOrder.BIG_ENDIAN;
            default -> throw new IOException("what the bus sends is no message");
        };
    }

    private static long length(byte[] bytes, int index, ByteOrder order) throws IOException {
        long length = Integer.toUnsignedLong(ByteBuffer.wrap(bytes).order(order).getInt(index));
        if (length > MOST_BUS_BYTES) {
            throw new IOException("what the bus sends is no message: it would have " + length + " bytes");
        }
        return length;
    }

    private byte[] take(int count) throws IOException {
        ByteBuffer taken = ByteBuffer.allocate(count);
        while (taken.hasRemaining()) {
            if (!ahead.hasRemaining()) {
                refill();
            }
            int some = Math.min(taken.remaining(), ahead.remaining());
            taken.put(ahead.slice(ahead.position(), some));
            ahead.position(ahead.position() + some);
        }
        return taken.array();
    }

    private void skip(long count) throws IOException {
        long left = count;
        while (left > 0) {
            if (!ahead.hasRemaining()) {
                refill();
            }
            int some = (int) Math.min(left, ahead.remaining());
            ahead.position(ahead.position() + some);
            left -= some;
        }
    }

    private void refill() throws IOException {
        ahead.clear();
        try {
            if (channel.read(ahead) < 0) {
                throw new EOFException("the bus closed the connection");
            }
        } finally {
            ahead.flip();
        }
    }
}
