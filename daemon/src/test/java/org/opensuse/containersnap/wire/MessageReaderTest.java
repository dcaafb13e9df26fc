package org.opensuse.containersnap.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.freedesktop.dbus.messages.MethodCall;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.wire.MessageReader.Received;

/// Messages as other buses and other programs write them, byte by byte.
class MessageReaderTest {
    private static final int SIGNAL = 4;
    private static final int CALL = 1;
    private static final int UNKNOWN = 9;

    /// Fields are structs, aligned to 8, of a code and a variant.
    private static byte[] field(int code, String type, ByteOrder order, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer field = ByteBuffer.allocate(4 + 4 + bytes.length + 1).order(order);
        field.put((byte) code).put((byte) 1).put((byte) type.charAt(0)).put((byte) 0);
        if (type.equals("g")) {
            field.put((byte) bytes.length);
        } else {
            field.putInt(bytes.length);
        }
        return Arrays.copyOf(field.put(bytes).put((byte) 0).array(), field.position());
    }

    /// A field of a type that is not known for any: an array of structs with a variant, and file descriptors.
    private static byte[] strange(int code, ByteOrder order) {
        return ByteBuffer.allocate(37)
                .order(order)
                .put((byte) code)
                .put((byte) 6)
                .put("a(vhy)".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 0)
                .position(12)
                .putInt(21)
                .position(16)
                .put((byte) 1)
                .put((byte) 'x')
                .position(24)
                .putLong(5)
                .putInt(6)
                .put((byte) 7)
                .array();
    }

    private static byte[] message(ByteOrder order, int type, int bodyBytes, byte[]... fields) {
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        for (byte[] field : fields) {
            pad(header);
            header.writeBytes(field);
        }
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.writeBytes(ByteBuffer.allocate(16)
                .order(order)
                .put((byte) (order == ByteOrder.LITTLE_ENDIAN ? 'l' : 'B'))
                .put((byte) type)
                .put((byte) 0)
                .put((byte) 1)
                .putInt(bodyBytes)
                .putInt(42)
                .putInt(header.size())
                .array());
        message.writeBytes(header.toByteArray());
        pad(message);
        message.writeBytes(new byte[bodyBytes]);
        return message.toByteArray();
    }

    private static void pad(ByteArrayOutputStream bytes) {
        while (bytes.size() % 8 != 0) {
            bytes.write(0);
        }
    }

    private static byte[] ping(ByteOrder order) {
        return message(
                order, CALL, 0, field(1, "o", order, "/"), field(3, "s", order, "Ping"), field(7, "s", order, ":1.2"));
    }

    /// Reads to the end of the stream.
    private static List<Received> read(int piece, byte[]... messages) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] message : messages) {
            all.writeBytes(message);
        }
        InputStream stream = new ByteArrayInputStream(all.toByteArray()) {
            @Override
            public synchronized int read(byte[] target, int offset, int length) {
                return super.read(target, offset, Math.min(length, piece));
            }
        };
        MessageReader reader = new MessageReader(Channels.newChannel(stream));
        List<Received> received = new ArrayList<>();
        assertThatThrownBy(() -> {
                    while (true) {
                        Received next = reader.next();
                        if (next != null) {
                            received.add(next);
                        }
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessageContaining("closed");
        return received;
    }

    private static void assertPing(List<Received> received) {
        assertThat(received).hasSize(1);
        assertThat(received.getFirst().message()).isInstanceOfSatisfying(MethodCall.class, call -> {
            assertThat(call.getName()).isEqualTo("Ping");
            assertThat(call.getPath()).isEqualTo("/");
            assertThat(call.getSource()).isEqualTo(":1.2");
            assertThat(call.getSerial()).isEqualTo(42);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 16, 100_000})
    void messagesComeInPiecesOfAnyLengthAndInBothByteOrders(int piece) {
        List<Received> received =
                read(piece, ping(ByteOrder.LITTLE_ENDIAN), ping(ByteOrder.BIG_ENDIAN), ping(ByteOrder.LITTLE_ENDIAN));

        assertThat(received).hasSize(3);
        received.forEach(message -> assertPing(List.of(message)));
    }

    /// dbus-java ends the connection at a field that it does not know.
    @ParameterizedTest
    @ValueSource(ints = {10, 77, 127, 128, 255})
    void unknownHeaderFieldsAreIgnored(int code) {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            byte[] path = field(1, "o", order, "/");
            byte[] member = field(3, "s", order, "Ping");
            byte[] sender = field(7, "s", order, ":1.2");
            byte[] text = field(code, "s", order, "new");

            assertPing(read(100, message(order, CALL, 0, text, path, member, sender)));
            assertPing(read(100, message(order, CALL, 0, path, text, text, member, sender, text)));
            assertPing(read(100, message(order, CALL, 0, path, strange(code, order), member, sender)));
            assertPing(read(100, message(order, CALL, 0, path, member, sender, strange(code, order))));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 127, 128, 255})
    void messagesOfAnUnknownTypeAreLeftOut(int type) {
        ByteOrder order = ByteOrder.LITTLE_ENDIAN;

        assertPing(read(100, message(order, type, 1 << 20, field(1, "o", order, "/")), ping(order)));
    }

    @Test
    void aFieldThatIsNoneIsLeftOutWithItsMessage() {
        ByteOrder order = ByteOrder.LITTLE_ENDIAN;
        byte[] tooLong = field(UNKNOWN + 1, "s", order, "text");
        tooLong[4] = 100;
        byte[] negative = field(UNKNOWN + 1, "s", order, "text");
        negative[7] = (byte) 0xff;
        byte[] unknownType = field(UNKNOWN + 1, "z", order, "text");
        byte[] noType = field(UNKNOWN + 1, "s", order, "text");
        noType[1] = 0;
        for (byte[] broken : List.of(tooLong, negative, unknownType, noType)) {
            assertPing(read(100, message(order, CALL, 8, broken), ping(order)));
        }
    }

    @Test
    void variantsInEachOtherWithoutEndAreLeftOut() {
        ByteOrder order = ByteOrder.LITTLE_ENDIAN;
        byte[] deep = new byte[6000];
        deep[0] = 100;
        for (int i = 1; i + 3 < deep.length; i += 3) {
            deep[i] = 1;
            deep[i + 1] = 'v';
        }

        assertPing(read(100, message(order, CALL, 0, deep), ping(order)));
    }

    @Test
    void aLongCallIsTakenWithoutItsArguments() {
        ByteOrder order = ByteOrder.LITTLE_ENDIAN;
        List<Received> received = read(
                100_000,
                message(order, CALL, MessageReader.MOST_CALL_BYTES + 1, field(1, "o", order, "/")),
                ping(order));

        assertThat(received).hasSize(2);
        assertThat(received.getFirst().tooLong()).isTrue();
        assertThat(received.getFirst().bodyBytes()).isEqualTo(MessageReader.MOST_CALL_BYTES + 1);
        assertThat(received.getFirst().message().getWireData()[2]).isEmpty();
        assertThat(received.getLast().tooLong()).isFalse();
    }

    @Test
    void aMessageWithTooLongAHeaderIsLeftOut() {
        ByteOrder order = ByteOrder.BIG_ENDIAN;

        assertPing(read(
                100_000, message(order, SIGNAL, 100, field(1, "o", order, "/" + "a".repeat(40 << 20))), ping(order)));
    }

    @Test
    void whatIsNoMessageEndsTheConnection() {
        for (String text : List.of(
                "GET / HTTP/1.1\r\n\r\n",
                "l\u0001\u0000\u0002 another version",
                "l\u0001\u0000\u0001\u00ff\u00ff\u00ff\u00ff    ")) {
            MessageReader reader = new MessageReader(
                    Channels.newChannel(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1))));

            assertThatThrownBy(reader::next).isInstanceOf(IOException.class).hasMessageContaining("the bus");
        }
    }
}
