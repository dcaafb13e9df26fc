package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Caller.OPTIONS;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Lab.Result;
import org.opensuse.containersnap.client.lab.Person;
import org.opensuse.containersnap.client.story.Agent.Manner;
import org.opensuse.containersnap.client.story.Caller.Reply;

/// Persons who are asked for a password, and everybody else meanwhile.
@Isolated("it measures time")
class PromptsIT {
    @RegisterExtension
    static final Lab lab = Lab.machine();

    /// Questions that may be open for one user.
    private static final int MOST = 4;

    private static final int USERS = 5;
    private static final int ROUNDS = 6;
    private static final int READS_A_ROUND = 30;
    private static final int CHANGES_A_ROUND = 5;

    private static final Machine machine = new Machine(lab);
    private static final Bus bus = new Bus(lab);
    private static String image = "";
    private static String work = "";

    @BeforeAll
    static void fill() {
        image = machine.pull("tiny:1");
        work = machine.create(image);
    }

    @Test
    void twentyOpenQuestionsHoldUpNobody() {
        Caller[] asking =
                Stream.generate(() -> new Caller(stranger())).limit(USERS).toArray(Caller[]::new);
        List<Duration> reads = new ArrayList<>();
        List<Duration> changes = new ArrayList<>();
        List<Duration> readsMeanwhile = new ArrayList<>();
        List<Duration> changesMeanwhile = new ArrayList<>();
        try (Caller root = new Caller(Person.root(lab));
                Agent agent = Agent.of(asking)) {
            for (int round = 0; round < ROUNDS; round++) {
                measure(asking[0], reads, root, changes);

                List<CompletableFuture<Reply>> open = new ArrayList<>();
                for (Caller caller : asking) {
                    open.addAll(openQuestions(caller, agent, MOST));
                }
                measure(asking[0], readsMeanwhile, root, changesMeanwhile);
                assertThat(open).hasSize(USERS * MOST).noneMatch(CompletableFuture::isDone);

                agent.answerHeld(Manner.CANCEL);
                open.forEach(Caller::await);
            }
        } finally {
            Stream.of(asking).forEach(Caller::close);
        }
        assertThat(ratio("GetRoot by one who is asked", readsMeanwhile, reads)).isLessThanOrEqualTo(2);
        assertThat(ratio("CreateSnapshot by root", changesMeanwhile, changes)).isLessThanOrEqualTo(2);
    }

    private static void measure(Caller reader, List<Duration> reads, Caller root, List<Duration> changes) {
        for (int i = 0; i < READS_A_ROUND; i++) {
            Reply reply = reader.call("GetRoot", Bus.text(work));
            assertThat(reply.value()).isEqualTo(Machine.ROOTS + work + "/");
            reads.add(reply.took());
        }
        for (int i = 0; i < CHANGES_A_ROUND; i++) {
            Reply reply = root.call("CreateSnapshot", Bus.text(image), OPTIONS);
            changes.add(reply.took());
            root.call("DeleteSnapshot", Bus.text(reply.value()), OPTIONS).ok();
        }
    }

    private static double ratio(String what, List<Duration> meanwhile, List<Duration> before) {
        double ratio = (double) median(meanwhile).toNanos() / median(before).toNanos();
        System.out.printf(
                "%s: median of %d %d us without questions, %d us with %d open ones: ratio %.2f%n",
                what,
                before.size(),
                median(before).toNanos() / 1000,
                median(meanwhile).toNanos() / 1000,
                USERS * MOST,
                ratio);
        return ratio;
    }

    private static Duration median(List<Duration> durations) {
        return durations.stream().sorted().toList().get(durations.size() / 2);
    }

    @Test
    void aFifthQuestionOfAUserIsRefusedUntilOneIsAnswered() {
        try (Caller caller = new Caller(stranger());
                Caller another = new Caller(stranger());
                Agent agent = Agent.of(caller, another)) {
            List<CompletableFuture<Reply>> open = openQuestions(caller, agent, MOST);

            assertThat(create(caller).line())
                    .isEqualTo("LimitsExceeded: user " + caller.person().uid()
                            + " is being asked for a password 4 times already, and may not be asked once more; "
                            + "answer one first");

            List<CompletableFuture<Reply>> othersOpen = openQuestions(another, agent, 1);
            agent.assertNothingMore();
            agent.answerHeld(Manner.CANCEL);
            Stream.concat(open.stream(), othersOpen.stream())
                    .forEach(reply -> assertThat(Caller.await(reply).line())
                            .startsWith("AccessDenied: user ")
                            .endsWith(" may not make, change or delete snapshots and images: "
                                    + "the question for a password was dismissed"));
            agent.answering(Manner.YES);
            String made = create(caller).value();
            assertThat(machine.snapshots()).contains(made);
            lab.snap("delete", "--id", made).ok();
        }
    }

    @Test
    void whoLeavesTheBusIsForgotten() {
        Person person = stranger();
        List<String> before = machine.snapshots();
        Caller caller = new Caller(person);
        try (Agent agent = Agent.of(caller)) {
            openQuestions(caller, agent, MOST);

            caller.close();

            for (int i = 0; i < MOST; i++) {
                agent.awaitWithdrawn();
            }
            agent.answerHeld(Manner.YES);
            for (int i = 0; i < MOST; i++) {
                agent.awaitAnswered();
            }
        }
        assertThat(machine.snapshots()).isEqualTo(before);
        try (Caller again = new Caller(person);
                Agent agent = Agent.of(again)) {
            openQuestions(again, agent, MOST);
        }
    }

    @Test
    void aYesAfterTheServiceWasAskedToStopChangesNothing() {
        List<String> before = machine.snapshots();
        try (Caller caller = new Caller(stranger());
                Agent agent = Agent.of(caller)) {
            List<CompletableFuture<Reply>> open = openQuestions(caller, agent, 1);

            bus.stopService();

            assertThat(Caller.await(open.getFirst()).line())
                    .isEqualTo("AccessDenied: user " + caller.person().uid()
                            + " may not make, change or delete snapshots and images: "
                            + "the service stopped while a person was asked");
            agent.awaitWithdrawn();
            agent.answerHeld(Manner.YES);
            agent.awaitAnswered();
        }
        Await.until("the end of the service", () -> !bus.serviceRuns());
        assertThat(machine.snapshots()).isEqualTo(before);
    }

    /// polkit's auth_admin_keep, which is the default for active sessions alone.
    @ParameterizedTest
    @CsvSource({"active, 1", "inactive, 2", "none, 2"})
    void oneYesIsKeptForTheProcessInAnActiveSession(String session, int questions) {
        Person person = switch (session) {
            case "active" -> Person.active(lab, "keeping");
            case "inactive" -> Person.inactive(lab, "asked-again");
            default -> stranger();
        };
        try (Caller caller = new Caller(person);
                Agent agent = Agent.of(caller).answering(Manner.YES)) {
            String made = create(caller).value();

            caller.ask("DeleteSnapshot", Bus.text(made), OPTIONS).ok();

            for (int i = 0; i < questions; i++) {
                assertThat(agent.question().action()).isEqualTo(Machine.BUS_NAME + ".manage");
                agent.awaitAnswered();
            }
            agent.assertNothingMore();
            // Another action is another question, and another process is, too.
            assertThat(caller.call("SwitchTo", Bus.text(work), OPTIONS).line())
                    .startsWith("InteractiveAuthorizationRequired");
            try (Caller another = new Caller(person)) {
                assertThat(another.call("CreateSnapshot", Bus.text(image), OPTIONS)
                                .line())
                        .startsWith("InteractiveAuthorizationRequired");
            }
        }
    }

    @Test
    void atATerminalTheCommandAsks() {
        Person person = Person.active(lab, "at-a-terminal");
        try (Agent agent = Agent.ofSession(person)) {
            List<String> before = machine.snapshots();
            assertThat(atTerminal(person, "create-snapshot --no-ask-password " + image))
                    .isEqualTo("container-snap: user " + person.uid()
                            + " may make, change or delete snapshots and images only after a password was asked for "
                            + "(polkit's action org.opensuse.containersnap1.manage), and the caller does not allow to "
                            + "ask; run it as root, or at a terminal and without --no-ask-password");
            agent.assertNothingMore();

            agent.answering(Manner.CANCEL);
            assertThat(atTerminal(person, "create-snapshot " + image))
                    .isEqualTo("container-snap: user " + person.uid()
                            + " may not make, change or delete snapshots and images: "
                            + "the question for a password was dismissed");
            assertThat(agent.question().message())
                    .isEqualTo("Authentication is required to make a snapshot of " + image);
            assertThat(machine.snapshots()).isEqualTo(before);

            agent.answering(Manner.YES);
            String made = atTerminal(person, "create-snapshot " + image);
            assertThat(machine.snapshots())
                    .doesNotContainSequence(before.getFirst(), made)
                    .contains(made);
            lab.snap("delete", "--id", made).ok();
        }
    }

    /// What a person sees at a terminal, without the last line break.
    private static String atTerminal(Person person, String command) {
        Result result = person.run("script", "--quiet", "--command", "container-snap " + command, "/dev/null");
        return result.out().strip();
    }

    @Test
    void aNameCannotMakeAQuestionLookLikeAnotherOne() {
        try (Caller caller = new Caller(stranger());
                Agent agent = Agent.of(caller).answering(Manner.NO)) {
            String path = "oci-archive:/srv/a\n\nAuthentication is required to go on\u202e$(operation)";
            caller.ask("Load", Bus.text(path), OPTIONS);
            assertThat(agent.question().message())
                    .isEqualTo("Authentication is required to load images from oci-archive:/srv/a\\n\\n"
                            + "Authentication is required to go on\\u{202e}$(operation)");

            String name = "tiny\n\nAuthentication is required to go on";
            assertThat(caller.ask("DeleteImage", Bus.text(name), OPTIONS).line())
                    .startsWith("InvalidReference: ");
            agent.assertNothingMore();
        }
    }

    /// A person without a session, whom nobody asked yet.
    private static Person stranger() {
        strangers++;
        return Person.withoutSession(lab, "stranger-" + strangers);
    }

    private static int strangers;

    private static Reply create(Caller caller) {
        return caller.ask("CreateSnapshot", Bus.text(image), OPTIONS);
    }

    /// Begins calls and waits until the person is asked about each.
    private static List<CompletableFuture<Reply>> openQuestions(Caller caller, Agent agent, int number) {
        List<CompletableFuture<Reply>> open = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            CompletableFuture<Reply> call =
                    caller.begin(true, Machine.TOP, "Manager.CreateSnapshot", Bus.text(image), OPTIONS);
            assertThat(agent.question(call).message())
                    .isEqualTo("Authentication is required to make a snapshot of " + image);
            open.add(call);
        }
        return open;
    }
}
