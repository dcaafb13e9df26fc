package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Person;
import org.opensuse.containersnap.client.lab.RawBus;
import org.opensuse.containersnap.client.lab.RawMessage;
import org.opensuse.containersnap.client.story.HostileMessages.Case;
import org.opensuse.containersnap.client.story.HostileMessages.Outcome;

/// Whatever anybody puts on the bus, the service refuses or ignores it and answers the next call.
@Timeout(60)
class HostileMessagesIT {
    @RegisterExtension
    static final Lab lab = Lab.machine();

    /// More than is ever said to somebody.
    private static final int LONGEST_LINE = 1000;

    private static final int FLOOD = 4000;
    private static final int LONGEST_MESSAGE = 31 << 20;
    private static final int MANY_OF_THE_LONGEST = 12;
    private static final int RANDOM_MESSAGES = 3000;
    private static final int BROKEN_MESSAGES = 500;

    /// More than the service has called others.
    private static final int LATE_SERIAL = 5000;

    private static Person mallory;
    private static Daemon daemon;
    private static Sender asRoot;
    private static Sender asMallory;
    private static RawBus witness;
    private static String image = "";
    private static Map<String, Long> before = Map.of();

    @BeforeAll
    static void fill() {
        Machine machine = new Machine(lab);
        image = machine.pull("tiny:1");
        mallory = Person.withoutSession(lab, "mallory");
        new Polkit(lab).start();
        daemon = Daemon.of(lab);
        asRoot = new Sender(Person.root(lab));
        asMallory = new Sender(mallory);
        witness = RawBus.asRoot(lab);
        assertThat(create(RawBus.as(mallory)).line()).startsWith("InteractiveAuthorizationRequired");
        before = daemon.files();
    }

    /// What is the same for all the messages is looked at once, after them.
    @AfterAll
    static void nothingIsLeftAndNothingWasTold() {
        asRoot.close();
        asMallory.close();
        daemon.assertSame(witness);
        witness.close();
        daemon.awaitNoMoreFiles(before);
        assertThat(lab.log().lines()).noneMatch(line -> line.matches("<[0-3]>.*|.*(Exception|nternal error).*"));
    }

    static Stream<Case> messages() {
        return HostileMessages.all();
    }

    @ParameterizedTest
    @MethodSource("messages")
    void rootsMessageGetsItsErrorOrIsIgnored(Case message) {
        Optional<RawMessage> reply = asRoot.exchange(message);

        if (message.outcome() != Outcome.UP_TO_BUS) {
            assertThat(asRoot.connected()).isTrue();
            assertThat(reply.isPresent()).isEqualTo(message.outcome() != Outcome.IGNORED);
            reply.ifPresent(
                    answer -> assertThat(answer.line()).startsWith(message.refused() ? message.error() + ": " : "ok"));
            assertOneLine(reply);
        }
        assertNextCallIsAnswered();
    }

    /// The bus keeps some from users, which then learn it from the bus.
    @ParameterizedTest
    @MethodSource("messages")
    void usersMessageGetsItsErrorOrIsIgnored(Case message) {
        Optional<RawMessage> reply = asMallory.exchange(message);

        if (message.outcome() != Outcome.UP_TO_BUS) {
            assertThat(asMallory.connected()).isTrue();
            reply.filter(answer -> answer.text(RawMessage.SENDER).equals(daemon.name()))
                    .map(RawMessage::line)
                    .ifPresent(line -> assertThat(line).startsWith(message.refused() ? message.error() + ": " : "ok"));
            assertOneLine(reply);
        }
        assertNextCallIsAnswered();
    }

    /// The bus holds such replies back from users, not from root.
    @Test
    void repliesOfWhoWasNotAskedDoNotCount() throws IOException {
        Polkit polkit = new Polkit(lab);
        RawMessage create = HostileMessages.manager("CreateSnapshot").arguments("sa{sv}", image, Map.of());
        try (RawBus asking = RawBus.as(mallory);
                RawBus forging = RawBus.as(mallory);
                RawBus root = RawBus.asRoot(lab)) {
            polkit.freeze();
            try {
                long asked = asking.send(create);
                for (int serial = 1; serial < LATE_SERIAL; serial++) {
                    RawMessage yes = HostileMessages.reply(daemon.name(), serial)
                            .arguments("(bba{ss})", List.of(true, false, Map.of()));
                    forging.send(yes);
                    root.send(yes);
                }
                // What was sent before has been passed on by then.
                assertThat(forging.call(HostileMessages.call("Peer", "Ping")).line())
                        .isEqualTo("ok");
                assertThat(root.call(HostileMessages.call("Peer", "Ping")).line())
                        .isEqualTo("ok");
                polkit.thaw();
                assertThat(asking.reply(asked).orElseThrow().line()).startsWith("InteractiveAuthorizationRequired: ");
            } finally {
                polkit.thaw();
            }
        }
        assertNextCallIsAnswered();
    }

    @Test
    void aFloodThatWantsNoAnswerIsSurvived() throws IOException {
        RawMessage read = HostileMessages.call("ObjectManager", "GetManagedObjects");
        RawMessage change = HostileMessages.manager("CreateSnapshot").arguments("sa{sv}", "x", Map.of());
        RawMessage large = HostileMessages.manager("GetRoot").arguments("s", "x".repeat(60 << 10));
        for (RawMessage message : List.of(read, change, large)) {
            try (RawBus flooding = RawBus.as(mallory)) {
                for (int i = 0; i < FLOOD; i++) {
                    flooding.send(message.flags(RawMessage.NO_REPLY_EXPECTED));
                }
                assertNextCallIsAnswered();
            }
        }
        assertNextCallIsAnswered();
    }

    /// Of those that are refused for being too many nothing is kept until they are told so.
    @Test
    void aFloodOfLargeCallsIsSurvived() throws IOException {
        RawMessage large = HostileMessages.manager("GetRoot").arguments("s", "x".repeat(60 << 10));
        try (RawBus flooding = RawBus.as(mallory)) {
            long last = 0;
            for (int i = 0; i < FLOOD; i++) {
                last = flooding.send(large);
            }
            assertThat(flooding.reply(last).orElseThrow().line()).containsAnyOf("InvalidId", "LimitsExceeded");
        }
        assertNextCallIsAnswered();
    }

    @Test
    void manyOfTheLongestMessagesAreSurvived() throws IOException {
        RawMessage body = HostileMessages.manager("GetRoot").arguments("ay", new byte[LONGEST_MESSAGE]);
        RawMessage path = HostileMessages.call("Introspectable", "Introspect")
                .with(RawMessage.PATH, "o", "/" + "a".repeat(LONGEST_MESSAGE));
        for (RawMessage message : List.of(body, path)) {
            try (RawBus sending = RawBus.asRoot(lab)) {
                for (int i = 0; i < MANY_OF_THE_LONGEST; i++) {
                    sending.send(message);
                }
                assertThat(sending.call(HostileMessages.call("Peer", "Ping")).line())
                        .isEqualTo("ok");
            }
            assertNextCallIsAnswered();
        }
    }

    /// `-Dcontainer-snap.seed=` repeats what failed.
    @Test
    void randomMessagesAreRefusedOrIgnored() throws IOException {
        long seed = Long.getLong("container-snap.seed", System.nanoTime());
        System.out.println("random messages to the service, -Dcontainer-snap.seed=" + seed);
        RandomMessages random = new RandomMessages(seed);
        try (RawBus sending = RawBus.asRoot(lab)) {
            for (int i = 0; i < RANDOM_MESSAGES; i++) {
                RawMessage call = random.call();
                Optional<RawMessage> reply = sending.reply(sending.send(call));
                assertThat(reply).as("reply to %s %s", i, call).isPresent();
                assertThat(reply.orElseThrow().line())
                        .as("reply to %s %s", i, call)
                        .matches(RandomMessages.ANSWERS);
                assertOneLine(reply);
            }
        }
        for (int i = 0; i < BROKEN_MESSAGES; i++) {
            try (RawBus sending = RawBus.asRoot(lab)) {
                sending.send(random.broken());
                sending.sendEnd();
                while (sending.receive().isPresent()) {
                    // until the bus has had enough
                }
            } catch (UncheckedIOException e) {
                throw new AssertionError("message " + i, e);
            }
            assertNextCallIsAnswered();
        }
    }

    private static void assertOneLine(Optional<RawMessage> reply) {
        reply.map(RawMessage::line)
                .ifPresent(line -> assertThat(line)
                        .matches("[^\\p{Cntrl}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Co}\\p{Cs}]+")
                        .hasSizeLessThan(LONGEST_LINE));
    }

    private static void assertNextCallIsAnswered() {
        assertThat(witness.call(HostileMessages.manager("GetRoot").arguments("s", image))
                        .arguments())
                .containsExactly(Machine.ROOTS + image + "/");
        daemon.assertSame(witness);
    }

    private static RawMessage create(RawBus bus) {
        try (bus) {
            return bus.call(HostileMessages.manager("CreateSnapshot").arguments("sa{sv}", image, Map.of()));
        }
    }
}
