package org.opensuse.containersnap.logind;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.opensuse.containersnap.job.Shutdown.Hold;
import org.opensuse.containersnap.lab.PrivateBus;
import org.opensuse.containersnap.wire.BusConnection;
import org.opensuse.containersnap.wire.BusError;
import org.opensuse.containersnap.wire.Call;
import org.opensuse.containersnap.wire.TypedValue;
import org.slf4j.LoggerFactory;

/// On a real bus, with a logind that is not there or does not do what it should; the real one is asked where there is a
/// machine for it (StopIT of the client, dev/system-test).
@Timeout(60)
class LogindTest {
    private static final String LOGIND = "org.freedesktop.login1";
    private static final String PATH = "/org/freedesktop/login1";
    private static final String MANAGER = LOGIND + ".Manager";

    private final BlockingQueue<Call> asked = new LinkedBlockingQueue<>();
    private PrivateBus bus;
    private BusConnection connection;
    private BusConnection logind;
    private Logind shutdown;

    @BeforeEach
    void connect() throws IOException {
        bus = PrivateBus.start();
        connection = BusConnection.connect(bus.address());
        logind = BusConnection.connect(bus.address());
        shutdown = new Logind(connection, bus.address());
    }

    @AfterEach
    void disconnect() throws IOException {
        logind.close();
        connection.close();
        bus.close();
    }

    private void beLogind(Consumer<Call> answers) throws BusError {
        logind.serve(call -> {
            asked.add(call);
            answers.accept(call);
        });
        logind.own(LOGIND);
    }

    private Call next() throws InterruptedException, BusError {
        Call call = asked.poll(10, TimeUnit.SECONDS);
        assertThat(call).isNotNull();
        call.readArguments();
        return call;
    }

    @Test
    void withoutLogindNothingIsHeldUp() {
        shutdown.delay("pulls x").close();
        shutdown.block("pulls x").close();
    }

    @Test
    void withoutABusNothingIsHeldUp() {
        new Logind(connection, "unix:path=/nonexistent").block("pulls x").close();
    }

    @Test
    void logindIsToldWhoHoldsWhatUpAndWhy() throws Exception {
        beLogind(call -> logind.errorLater(call, LOGIND + ".OperationInProgress", "a shutdown is in progress"));

        shutdown.delay("pulls x").close();
        Call delay = next();
        shutdown.block("deletes y").close();

        assertThat(delay.path() + " " + delay.interfaceName() + "." + delay.member())
                .isEqualTo(PATH + " " + MANAGER + ".Inhibit");
        assertThat(delay.arguments()).containsExactly("shutdown", "container-snapd", "pulls x", "delay");
        assertThat(next().arguments()).containsExactly("shutdown", "container-snapd", "deletes y", "block");
    }

    @Test
    void anAnswerWithoutADescriptorHoldsNothingUp() throws Exception {
        beLogind(call -> logind.reply(call, "s", List.of("yes")));

        shutdown.block("pulls x").close();

        assertThat(next().member()).isEqualTo("Inhibit");
    }

    @Test
    void aLogindThatDoesNotAnswerIsWaitedForOnlyOnce() throws Exception {
        beLogind(_ -> {});

        Instant begin = Instant.now();
        Hold first = shutdown.block("pulls x");
        Duration waited = Duration.between(begin, Instant.now());
        for (int i = 0; i < 100; i++) {
            shutdown.block("pulls x").close();
            shutdown.delay("pulls x").close();
        }
        first.close();

        assertThat(waited).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(next().arguments()).contains("block");
        assertThat(asked).isEmpty();
    }

    @Test
    void aDelayIsNotWaitedFor() throws Exception {
        beLogind(_ -> {});

        Hold delay = shutdown.delay("pulls x");

        Call call = next();
        delay.close();
        assertThat(call.arguments()).contains("delay");
    }

    @Test
    void aShutdownIsHeardOf() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        beLogind(call -> logind.reply(call, "v", List.of(new TypedValue("b", true))));
        shutdown.whenItComes(() -> heard.add("it comes"));

        logind.signal(PATH, MANAGER, "PrepareForShutdown", "b", List.of(true));

        assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("it comes");
        assertThat(next().arguments()).containsExactly(MANAGER, "PreparingForShutdown");
    }

    /// The same signal comes when a shutdown was called off; and anybody can send one that looks like it.
    @Test
    void whetherAShutdownComesIsNotTakenFromTheSignal() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        beLogind(call -> logind.reply(call, "v", List.of(new TypedValue("b", asked.size() > 1))));
        shutdown.whenItComes(() -> heard.add("after " + asked.size()));

        logind.signal(PATH, MANAGER, "PrepareForShutdown", "b", List.of(true));
        logind.signal(PATH, MANAGER, "PrepareForShutdown", "b", List.of(true));

        assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("after 2");
        assertThat(heard).isEmpty();
    }

    /// It is said every few seconds, for as long as it is so.
    @Test
    void thatTheStopTakesLongerIsLoggedOnce() {
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(Logind.class);
        logged.start();
        logger.addAppender(logged);
        try {
            shutdown.stopTakes(Duration.ofSeconds(10));
            shutdown.stopTakes(Duration.ofSeconds(10));
        } finally {
            logger.detachAppender(logged);
        }

        assertThat(logged.list)
                .filteredOn(event -> event.getLevel().isGreaterOrEqual(Level.INFO))
                .singleElement()
                .asString()
                .contains("the stop takes longer");
    }
}
