package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Caller.OPTIONS;
import static org.opensuse.containersnap.client.story.Machine.REQUIREMENTS;
import static org.opensuse.containersnap.client.story.Machine.STATE;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Person;
import org.opensuse.containersnap.client.lab.RegistryImage;
import org.opensuse.containersnap.client.lab.SlowRegistry;
import org.opensuse.containersnap.client.story.Agent.Manner;
import org.opensuse.containersnap.client.story.Agent.Question;
import org.opensuse.containersnap.client.story.Bus.Job;
import org.opensuse.containersnap.client.story.Caller.Reply;

/// Each change by each kind of caller, with the real polkitd: a row is a caller, its cells are the changes. What is
/// refused changes nothing, what is allowed is done, and a person is asked what it is about.
class WhoMayIT {
    @RegisterExtension
    static final Lab lab = Lab.machine();

    private static final String ARCHIVE = "/srv/tiny.tar";
    private static final String SCRATCH = STATE + "tmp";
    private static final String ANY = "<['" + String.join("', '", REQUIREMENTS) + "']>";
    private static final String MANAGE = "make, change or delete snapshots and images";

    /// Everybody may pull one image, so that each has a job of their own to cancel.
    private static final String SLOW_RULE = """
            polkit.addRule(function(action, subject) {
                if (action.id == "org.opensuse.containersnap1.pull"
                        && /^docker:.*[/]bootable:1$/.test(action.lookup("reference"))) {
                    return polkit.Result.YES;
                }
            });
            """;

    /// One user may do each operation, as long as all that a rule can look up is as the documentation says.
    private static final String DETAILS_RULE = """
            polkit.addRule(function(action, subject) {
                var seen = ["reference", "image", "snapshot", "job", "target", "subvolume"].map(function(name) {
                    return name + "=" + action.lookup(name);
                }).join(" ");
                var none = function(names) {
                    return names.map(function(name) { return name + "=undefined"; }).join(" ");
                };
                var start = none(["reference", "image"]) + " snapshot=IMAGE";
                var end = none(["job", "target", "subvolume"]);
                var due = {
                    "pull": "reference=docker://REGISTRY/tiny:2 " + none(["image", "snapshot"]) + " " + end,
                    "load": "reference=oci-archive:ARCHIVE " + none(["image", "snapshot"]) + " " + end,
                    "init": none(["reference", "image", "snapshot"]) + " " + end,
                    "create-snapshot": start + " " + end,
                    "deploy": start + " " + end,
                    "switch": start + "-workN " + end,
                    "rollback": none(["reference", "image"]) + " snapshot=BOOTED " + none(["job", "target"])
                            + " subvolume=@container-snap/roots/BOOTED",
                    "check-update": "reference=docker://REGISTRY/tiny:3 " + none(["image", "snapshot"]) + " " + end,
                    "update": "reference=docker://REGISTRY/tiny:3 " + none(["image", "snapshot"]) + " " + end,
                    "prune": none(["reference", "image", "snapshot"]) + " " + end,
                    "bless": none(["reference", "image", "snapshot"]) + " " + end,
                    "forget-rollback": none(["reference", "image", "snapshot"]) + " " + end,
                    "set-read-only": start + "-workN " + end,
                    "set-read-write": start + "-workN " + end,
                    "pin": start + "-workN " + end,
                    "unpin": start + "-workN " + end,
                    "delete-snapshot": start + "-workN " + end,
                    "delete-image": "reference=undefined image=IMAGE snapshot=undefined " + end,
                    "cancel": none(["reference", "image", "snapshot"]) + " job=pull target=docker://HOST/bootable:1"
                            + " subvolume=undefined"
                };
                if (subject.user == "of-details"
                        && seen.replace(/-work[0-9]+/, "-workN").replace(/127[0-9.:]*[/]bootable/, "HOST/bootable")
                                == due[action.lookup("operation")]) {
                    return polkit.Result.YES;
                }
            });
            """;

    private static final Machine machine = new Machine(lab);
    private static final Bus bus = new Bus(lab);
    private static final Polkit polkit = new Polkit(lab);
    private static Person root;
    private static Person active;
    private static Person administrator;
    private static Person inactive;
    private static Person service;
    private static Person oneRegistry;
    private static Person ofDetails;
    private static Person neighbour;

    private static String booted = "";
    private static String image = "";
    private static String first = "";
    private static String work = "";
    private static RegistryImage another;
    private static Job others = new Job(lab, "");

    @BeforeAll
    static void fill() throws Exception {
        booted = bootWithOrigin();
        root = Person.root(lab);
        active = Person.active(lab, "active");
        administrator = Person.active(lab, "administrator", "--groups", Person.ADMINISTRATORS);
        inactive = Person.inactive(lab, "inactive");
        service = Person.withoutSession(lab, "service");
        oneRegistry = Person.withoutSession(lab, "one-registry");
        ofDetails = Person.withoutSession(lab, "of-details");
        neighbour = Person.withoutSession(lab, "neighbour");

        machine.leaveHooksOut();
        polkit.addRules("48-slow.rules", SLOW_RULE);
        polkit.allowOneRegistry(oneRegistry.name(), lab.registry());

        another = RegistryImage.read(lab.registry(), "tiny", "1").sibling("2").push();
        machine.pull("tiny:2");
        machine.podman("save", "--quiet", "--format", "oci-archive", "--output", ARCHIVE, another.id())
                .ok();
        lab.run("chmod", "644", ARCHIVE).ok();
        lab.snap("delete", "--id", another.id()).ok();
        image = machine.pull("tiny:1");
        first = machine.create(image);
        machine.switchTo(first);
        work = machine.create(image);
        polkit.addRules(
                "49-details.rules",
                DETAILS_RULE
                        .replace("REGISTRY", lab.registry())
                        .replace("ARCHIVE", ARCHIVE)
                        .replace("BOOTED", booted)
                        .replace("IMAGE", image));
    }

    /// Boots an image of its own, of which the registry has none that is newer.
    private static String bootWithOrigin() throws Exception {
        RegistryImage.read(lab.registry(), "tiny", "1").sibling("3").push();
        String pulled = machine.pull("tiny:3");
        machine.switchTo(pulled);
        lab.reboot();
        lab.run("mkdir", "-p", "/etc/polkit-1/rules.d", "/srv").ok();
        lab.run("groupadd", Person.ADMINISTRATORS).ok();
        return pulled;
    }

    /// A change, with arguments that root would succeed with.
    enum Change {
        PULL("Manager.Pull", "pull", "pull or load images", "pull the image docker://REGISTRY/tiny:2") {
            @Override
            String[] arguments() {
                return new String[] {Bus.text(another.reference()), OPTIONS};
            }

            @Override
            void check(Reply reply, long uid) {
                assertJobDone(reply, uid);
                assertThat(machine.images()).contains(another.id());
                lab.snap("delete", "--url", another.reference()).ok();
            }
        },
        LOAD("Manager.Load", "pull", "pull or load images", "load images from oci-archive:" + ARCHIVE) {
            @Override
            String[] arguments() {
                return new String[] {Bus.text("oci-archive:" + ARCHIVE), OPTIONS};
            }

            @Override
            void check(Reply reply, long uid) {
                assertJobDone(reply, uid);
                assertThat(machine.images()).contains(another.id());
                lab.snap("delete", "--id", another.id()).ok();
            }
        },
        DELETE_IMAGE("Manager.DeleteImage", "manage", MANAGE, "delete the image IMAGE") {
            @Override
            String[] arguments() {
                return new String[] {Bus.text(image), OPTIONS};
            }

            @Override
            void check(Reply reply, long uid) {
                assertJobDone(reply, uid);
                assertThat(machine.images()).doesNotContain(image);
                assertThat(machine.pull("tiny:1")).isEqualTo(image);
            }
        },
        CREATE_SNAPSHOT("Manager.CreateSnapshot", "manage", MANAGE, "make a snapshot of IMAGE") {
            @Override
            String[] arguments() {
                return new String[] {Bus.text(image), OPTIONS};
            }

            @Override
            void check(Reply reply, long uid) {
                assertThat(machine.snapshots()).endsWith(reply.value());
                lab.snap("delete", "--id", reply.value()).ok();
            }
        },
        DEPLOY(
                "Manager.Deploy",
                "deploy",
                "choose what the machine boots",
                "make the machine boot a new system: IMAGE stage-only ignore=" + String.join(",", REQUIREMENTS)) {
            @Override
            String[] arguments() {
                return new String[] {Bus.text(image), "{'stage_only': <true>, 'ignore': " + ANY + "}"};
            }

            @Override
            void check(Reply reply, long uid) {
                assertJobDone(reply, uid);
                lab.snap("delete", "--id", machine.snapshots().getLast()).ok();
            }
        },
        SWITCH_TO(
                "Manager.SwitchTo",
                "deploy",
                "choose what the machine boots",
                "make the machine boot the snapshot WORK") {
            @Override
            String[] arguments() {
                return new String[] {Bus.text(work), OPTIONS};
            }

            @Override
            void check(Reply reply, long uid) {
                assertThat(lab.snap("get-default").line()).isEqualTo(work);
                machine.switchTo(first);
            }
        },
        ROLLBACK(
                "Manager.Rollback",
                "deploy",
                "choose what the machine boots",
                "make the machine boot the subvolume '@container-snap/roots/BOOTED' again") {
            @Override
            String[] arguments() {
                return new String[] {OPTIONS};
            }

            @Override
            void check(Reply reply, long uid) {
                assertThat(lab.snap("get-default").line()).isEqualTo(booted);
                machine.switchTo(first);
            }
        },
        BLESS(
                "Manager.Bless",
                "deploy",
                "choose what the machine boots",
                "find the booted system good, which is on trial") {
            @Override
            String[] arguments() {
                putOnTrial();
                return new String[] {OPTIONS};
            }

            @Override
            void check(Reply reply, long uid) {
                assertThat(lab.run("tail", "-n", "1", "/var/lib/container-snap/state/trials/" + booted)
                                .line())
                        .isEqualTo("good");
            }
        },
        FORGET_ROLLBACK("Manager.ForgetRollback", "manage", MANAGE, "give up the way back to what was booted before") {
            @Override
            String[] arguments() {
                return new String[] {OPTIONS};
            }

            @Override
            void check(Reply reply, long uid) {
                assertThat(machine.property("", "Manager", "RollbackAvailable")).isEqualTo("b false");
                machine.switchTo(work);
                machine.switchTo(first);
            }
        },
        SET_READ_ONLY("Manager.SetReadOnly", "manage", MANAGE, "make the snapshot WORK read-only") {
            @Override
            String[] arguments() {
                return new String[] {Bus.text(work), "true", OPTIONS};
            }

            @Override
            void check(Reply reply, long uid) {
                assertThat(readOnly()).isEqualTo("true");
            }
        },
        SET_WRITABLE("Manager.SetReadOnly", "manage", MANAGE, "make the snapshot WORK writable") {
            @Override
            String[] arguments() {
                return new String[] {Bus.text(work), "false", OPTIONS};
            }

            @Override
            void check(Reply reply, long uid) {
                assertThat(readOnly()).isEqualTo("false");
            }
        },
        PIN("Manager.Pin", "manage", MANAGE, "have the snapshot WORK kept") {
            @Override
            String[] arguments() {
                return new String[] {Bus.text(work), OPTIONS};
            }

            @Override
            void check(Reply reply, long uid) {
                assertThat(pinned()).isEqualTo("b true");
            }
        },
        UNPIN("Manager.Unpin", "manage", MANAGE, "no longer have the snapshot WORK kept") {
            @Override
            String[] arguments() {
                return new String[] {Bus.text(work), OPTIONS};
            }

            @Override
            void check(Reply reply, long uid) {
                assertThat(pinned()).isEqualTo("b false");
            }
        },
        DELETE_SNAPSHOT("Manager.DeleteSnapshot", "manage", MANAGE, "delete the snapshot WORK") {
            @Override
            String[] arguments() {
                return new String[] {Bus.text(work), OPTIONS};
            }

            @Override
            void check(Reply reply, long uid) {
                assertThat(machine.snapshots()).doesNotContain(work);
                work = machine.create(image);
            }
        },
        PRUNE("Manager.Prune", "manage", MANAGE, "delete old snapshots and images") {
            @Override
            String[] arguments() {
                return new String[] {"{'keep_last': <uint64 0>, 'keep_days': <uint64 0>}"};
            }

            @Override
            void check(Reply reply, long uid) {
                assertJobDone(reply, uid);
                assertThat(machine.snapshots()).containsExactlyInAnyOrder(booted, image, first);
                work = machine.create(image);
            }
        },
        CHECK_UPDATE(
                "Manager.CheckUpdate",
                "check",
                "look for an update of the booted system",
                "look for an update of the booted system") {
            @Override
            String[] arguments() {
                return new String[] {OPTIONS};
            }

            @Override
            void check(Reply reply, long uid) {
                assertJobDone(reply, uid);
            }
        },
        /// There is nothing new.
        UPDATE("Manager.Update", "update", "update the booted system", "update the system: docker://REGISTRY/tiny:3") {
            @Override
            String[] arguments() {
                return new String[] {OPTIONS};
            }

            @Override
            void check(Reply reply, long uid) {
                assertJobDone(reply, uid);
            }
        },
        CANCEL_OF_ANOTHERS(
                "Job.Cancel", "cancel", "cancel a job of another user", "cancel what another user started: TARGET") {
            @Override
            String[] arguments() {
                return new String[] {OPTIONS};
            }

            @Override
            void check(Reply reply, long uid) {
                assertThat(others.end()).isEqualTo("cancelled");
            }
        },
        /// Last, when no job uses the directories any more.
        INIT("Manager.Init", "manage", MANAGE, "set up the store for bootable images") {
            @Override
            String[] arguments() {
                return new String[] {OPTIONS};
            }

            @Override
            void prepare() {
                lab.run("rmdir", SCRATCH).ok();
            }

            @Override
            void check(Reply reply, long uid) {
                lab.run("test", "-d", SCRATCH).ok();
            }
        };

        private final String method;
        private final String action;
        private final String words;
        private final String question;

        Change(String method, String action, String words, String question) {
            this.method = method;
            this.action = action;
            this.words = words;
            this.question = question;
        }

        /// As GVariant text.
        abstract String[] arguments();

        /// Makes its effect visible.
        void prepare() {}

        /// Looks whether it was really done, and undoes it.
        abstract void check(Reply reply, long uid);

        Reply by(Caller caller, boolean interactive) {
            String path = this == CANCEL_OF_ANOTHERS ? others.path() : Machine.TOP;
            return Caller.await(caller.begin(interactive, path, method, arguments()));
        }

        Question asked() {
            String what = question.replace("REGISTRY", lab.registry())
                    .replace("TARGET", others.get("Target").replace("\"", ""))
                    .replace("BOOTED", booted)
                    .replace("IMAGE", image)
                    .replace("WORK", work);
            return new Question(
                    Machine.BUS_NAME + "." + action,
                    "Authentication is required to " + what,
                    Long.toString(administrator.uid()));
        }

        private static void assertJobDone(Reply reply, long uid) {
            Job job = new Job(lab, reply.value());
            assertThat(job.end()).as(job.get("ErrorMessage")).isEqualTo("succeeded");
            assertThat(job.number("StartedByUid")).isEqualTo(uid);
        }

        private static String pinned() {
            return machine.property(Bus.pathOf(work).substring(Machine.TOP.length() + 1), "Snapshot", "Pinned");
        }

        private static String readOnly() {
            return lab.snap("get-readonly-state", work).line();
        }
    }

    /// What comes of a change.
    enum Outcome {
        DONE("ok"),
        PASSWORD_FIRST("InteractiveAuthorizationRequired: user UID may WORDS only after a password was asked for "
                + "(polkit's action ACTION), and the caller does not allow to ask"),
        NO_AGENT("AccessDenied: user UID may not WORDS: "
                + "a password has to be asked for, and there is no polkit agent that could ask; run it as root, "
                + "at a terminal or in a desktop session"),
        WRONG_PASSWORD("AccessDenied: user UID may not WORDS: the password was not given or was wrong; try again"),
        DISMISSED("AccessDenied: user UID may not WORDS: the question for a password was dismissed"),
        NO_POLKIT("AccessDenied: user UID may not WORDS: polkit can't be asked (The name org.freedesktop.PolicyKit1 "
                + "was not provided by any .service files), and without it only root may");

        private final String line;

        Outcome(String line) {
            this.line = line;
        }

        String of(Change change, long uid) {
            return line.replace("UID", Long.toString(uid))
                    .replace("WORDS", change.words)
                    .replace("ACTION", Machine.BUS_NAME + "." + change.action);
        }
    }

    /// A caller and what they get.
    ///
    /// @param interactive whether the call allows that a person is asked
    /// @param agent how the caller's agent answers, if they have one
    /// @param polkitd whether it can be reached
    record Row(
            String name,
            Person person,
            boolean interactive,
            Optional<Manner> agent,
            boolean polkitd,
            Outcome pull,
            Outcome others) {
        private Row(String name, Person person, boolean interactive, Outcome outcome) {
            this(name, person, interactive, Optional.empty(), true, outcome, outcome);
        }

        private Row(String name, Person person, boolean interactive, Manner agent, Outcome outcome) {
            this(name, person, interactive, Optional.of(agent), true, outcome, outcome);
        }

        private static Row withoutPolkitd(String name, Person person, Outcome outcome) {
            return new Row(name + ", polkitd stopped", person, true, Optional.empty(), false, outcome, outcome);
        }

        private Outcome of(Change change) {
            if (change == Change.CHECK_UPDATE && polkitd && inActiveSession()) {
                return Outcome.DONE;
            }
            if (change == Change.UPDATE && polkitd && person.equals(administrator)) {
                return Outcome.DONE;
            }
            return change == Change.PULL ? pull : others;
        }

        private boolean inActiveSession() {
            return person.equals(active) || person.equals(administrator);
        }

        @Override
        public String toString() {
            return name + (interactive ? ", interactive" : "");
        }
    }

    static Stream<Row> rows() {
        return Stream.of(
                new Row("root", root, false, Outcome.DONE),
                new Row("active user", active, false, Outcome.PASSWORD_FIRST),
                new Row("active user", active, true, Outcome.NO_AGENT),
                new Row("administrator", administrator, false, Outcome.PASSWORD_FIRST),
                new Row("administrator", administrator, true, Outcome.NO_AGENT),
                new Row("administrator with an agent", administrator, true, Manner.YES, Outcome.DONE),
                new Row("inactive session", inactive, false, Outcome.PASSWORD_FIRST),
                new Row("inactive session", inactive, true, Outcome.NO_AGENT),
                new Row("service", service, false, Outcome.PASSWORD_FIRST),
                new Row("service", service, true, Outcome.NO_AGENT),
                oneRegistry(false, Outcome.PASSWORD_FIRST),
                oneRegistry(true, Outcome.NO_AGENT),
                new Row("user of rules on details", ofDetails, false, Outcome.DONE),
                new Row("agent that would say yes", service, false, Manner.YES, Outcome.PASSWORD_FIRST),
                new Row("agent that says yes", service, true, Manner.YES, Outcome.DONE),
                new Row("agent that says no", service, true, Manner.NO, Outcome.WRONG_PASSWORD),
                new Row("agent that cancels", service, true, Manner.CANCEL, Outcome.DISMISSED),
                Row.withoutPolkitd("root", root, Outcome.DONE),
                Row.withoutPolkitd("active user", active, Outcome.NO_POLKIT),
                Row.withoutPolkitd("administrator", administrator, Outcome.NO_POLKIT),
                Row.withoutPolkitd("user of one registry", oneRegistry, Outcome.NO_POLKIT));
    }

    private static Row oneRegistry(boolean interactive, Outcome others) {
        return new Row("user of one registry", oneRegistry, interactive, Optional.empty(), true, Outcome.DONE, others);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void everyChange(Row row) throws Exception {
        try (SlowRegistry toOthers = SlowRegistry.before(lab.registry(), 0);
                SlowRegistry toCaller = SlowRegistry.before(lab.registry(), 0);
                Caller other = new Caller(neighbour);
                Caller caller = new Caller(row.person())) {
            others = pull(other, toOthers);
            Job own = pull(caller, toCaller);
            if (!row.polkitd()) {
                polkit.takeAway();
            }
            try (Agents agents =
                    new Agents(row.agent().map(manner -> Agent.of(caller).answering(manner)))) {
                assertOwnJobIsCancelled(caller, own);
                assertRefusedChangesChangeNothing(row, caller, agents);
                assertAllowedChangesAreDone(row, caller, agents);
                agents.assertNothingMore();
            } finally {
                if (!row.polkitd()) {
                    polkit.bringBack();
                }
                others.cancel();
                others.end();
            }
        }
    }

    @Test
    void theTableHasEveryChange() {
        assertThat(Stream.of(Change.values()).map(change -> change.method).distinct())
                .containsExactlyInAnyOrderElementsOf(Contract.changes());
    }

    /// A rule lets them update, and does not let them take the machine away from others by that.
    @Test
    void anAdministratorWhoUpdatesAndRestartsTheMachineGivesAPassword() {
        try (Caller caller = new Caller(administrator)) {
            assertThat(caller.call("Update", "{'reboot': <true>}").line())
                    .isEqualTo(Outcome.PASSWORD_FIRST.of(Change.UPDATE, administrator.uid()));
        }
    }

    /// In the table the store is there already.
    @Test
    void aRefusedInitMakesNoStore() {
        Change.INIT.prepare();
        try (Caller caller = new Caller(service)) {
            assertThat(Change.INIT.by(caller, true).line()).isEqualTo(Outcome.NO_AGENT.of(Change.INIT, service.uid()));
        }
        lab.run("test", "!", "-e", SCRATCH).ok();
        lab.snap("init").ok();
    }

    /// The agent of a row that has one.
    private record Agents(Optional<Agent> agent) implements AutoCloseable {
        void assertAsked(Change change) {
            agent.ifPresent(one -> assertThat(one.question()).isEqualTo(change.asked()));
        }

        void assertYes(Question question) {
            agent.ifPresent(one -> {
                assertThat(one.question()).isEqualTo(question);
                one.awaitAnswered();
            });
        }

        void assertNothingMore() {
            agent.ifPresent(Agent::assertNothingMore);
        }

        @Override
        public void close() {
            agent.ifPresent(Agent::close);
        }
    }

    private static void assertOwnJobIsCancelled(Caller caller, Job own) {
        assertThat(own.number("StartedByUid")).isEqualTo(caller.person().uid());

        Caller.await(caller.begin(false, own.path(), "Job.Cancel", OPTIONS)).ok();

        assertThat(own.end()).isEqualTo("cancelled");
    }

    /// What is booted, as far as the service knows.
    private static void putOnTrial() {
        lab.bash(
                        "printf 'snapshot %s\\nback 5\\ntries 3\\nseconds 600\\ntry\\n' \"$1\" "
                                + ">/var/lib/container-snap/state/trials/\"$1\"",
                        booted)
                .ok();
    }

    private static void assertRefusedChangesChangeNothing(Row row, Caller caller, Agents agents) {
        Map<Change, String> expected = new LinkedHashMap<>();
        for (Change change : Change.values()) {
            if (row.of(change) != Outcome.DONE) {
                expected.put(change, row.of(change).of(change, row.person().uid()));
            }
        }
        if (expected.isEmpty()) {
            return;
        }
        putOnTrial();
        List<String> before = state();
        Map<Change, String> lines = new LinkedHashMap<>();
        for (Change change : expected.keySet()) {
            lines.put(change, change.by(caller, row.interactive()).line());
            if (row.interactive()) {
                agents.assertAsked(change);
            }
        }
        assertThat(lines).isEqualTo(expected);
        assertThat(state()).isEqualTo(before);
    }

    /// In an active session one yes is kept for all that the action covers.
    private static void assertAllowedChangesAreDone(Row row, Caller caller, Agents agents) {
        Set<String> kept = new HashSet<>();
        if (row.inActiveSession()) {
            kept.add(Change.CHECK_UPDATE.action);
        }
        if (row.person().equals(administrator)) {
            kept.add(Change.UPDATE.action);
        }
        for (Change change : Change.values()) {
            if (row.of(change) == Outcome.DONE) {
                Question question = change.asked();
                change.prepare();
                Reply reply = change.by(caller, row.interactive());
                assertThat(reply.line()).as(change.toString()).startsWith("ok");
                if (!kept.contains(change.action)) {
                    agents.assertYes(question);
                }
                if (row.person().equals(administrator)) {
                    kept.add(change.action);
                }
                change.check(reply, row.person().uid());
            }
        }
    }

    /// Everything that one of the changes would change.
    private static List<String> state() {
        List<String> state = new ArrayList<>(machine.traces());
        state.addAll(bus.jobs());
        state.add(others.state());
        state.add(Change.readOnly());
        return state;
    }

    /// Starts a pull that stands still.
    private static Job pull(Caller caller, SlowRegistry registry) throws InterruptedException {
        Reply reply = caller.call("Pull", Bus.text(registry.image("bootable:1")), OPTIONS);
        Job job = new Job(lab, reply.value());
        registry.awaitStandstill();
        return job;
    }
}
