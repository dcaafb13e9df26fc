package org.opensuse.containersnap.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.opensuse.containersnap.lab.PrivateBus;

/// Two connections to a real bus: one answers, one calls.
@Timeout(30)
class BusConnectionTest {
    private static final String NAME = "org.example.Answering";
    private static final int TOO_LARGE = 17 << 20;

    private final BlockingQueue<Call> received = new LinkedBlockingQueue<>();
    private PrivateBus bus;
    private BusConnection answering;
    private BusConnection calling;

    @BeforeEach
    void connect() throws IOException, BusError {
        bus = PrivateBus.start();
        answering = BusConnection.connect(bus.address());
        calling = BusConnection.connect(bus.address());
        answering.own(NAME);
    }

    @AfterEach
    void disconnect() throws IOException {
        calling.close();
        answering.close();
        bus.close();
    }

    private List<Object> call(String member) throws BusError {
        return calling.call(NAME, "/", "org.example.Interface", member, "", List.of());
    }

    private Call next() throws InterruptedException {
        return received.poll(10, TimeUnit.SECONDS);
    }

    @Test
    void anAnswerThatIsTooLargeForTheBusIsAnErrorAndTheConnectionStays() throws BusError {
        answering.serve(call ->
                answering.reply(call, "s", List.of(call.member().equals("Large") ? "x".repeat(TOO_LARGE) : "x")));

        assertThatThrownBy(() -> call("Large"))
                .isInstanceOfSatisfying(
                        BusError.class,
                        error -> assertThat(error.name()).isEqualTo("org.freedesktop.DBus.Error.LimitsExceeded"))
                .hasMessageContaining("at most 16777216 are sent");
        assertThat(call("Small")).containsExactly("x");
        assertThat(answering.ended()).isNotDone();
    }

    @Test
    void aSignalThatIsTooLargeIsDroppedAndTheConnectionStays() throws BusError {
        answering.serve(call -> answering.reply(call, "s", List.of("x")));
        answering.signal("/", "org.example.Interface", "Large", "s", List.of("x".repeat(TOO_LARGE * 2)));

        assertThat(call("Small")).containsExactly("x");
        assertThat(answering.ended()).isNotDone();
    }

    @Test
    void theBusTellsWhoCallsAndWhenTheyHaveLeft() throws Exception {
        answering.serve(call -> {
            received.add(call);
            answering.reply(call, "", List.of());
        });
        call("First");
        call("Second");
        Peer peer = next().peer();

        assertThat(next().peer()).isSameAs(peer);
        assertThat(peer.credentials().get(10, TimeUnit.SECONDS).uid())
                .isEqualTo(((Number) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue());
        assertThat(peer.left()).isNotDone();

        calling.close();
        peer.left().get(10, TimeUnit.SECONDS);
    }

    @Test
    void whatIsToBeDoneForACallerIsDoneInTheOrderOfItsCalls() throws Exception {
        BlockingQueue<String> done = new LinkedBlockingQueue<>();
        answering.serve(call -> call.peer().whenKnown(_ -> {
            done.add(call.member());
            answering.errorLater(call, "org.example.Error", "");
        }));
        List<String> members = List.of("A", "B", "C", "D", "E");
        for (String member : members) {
            assertThat(calling.ask(NAME, "/", "org.example.Interface", member, "", List.of()))
                    .isNotNull();
        }

        for (String member : members) {
            assertThat(done.poll(10, TimeUnit.SECONDS)).isEqualTo(member);
        }
    }
}
