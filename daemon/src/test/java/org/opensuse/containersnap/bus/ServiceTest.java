package org.opensuse.containersnap.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.archive.ArchiveFiles;
import org.opensuse.containersnap.btrfs.BtrfsSubvolumes;
import org.opensuse.containersnap.carry.CarryOver;
import org.opensuse.containersnap.carry.RunningSystem;
import org.opensuse.containersnap.engine.Engine;
import org.opensuse.containersnap.engine.Retention;
import org.opensuse.containersnap.engine.StoreLayout;
import org.opensuse.containersnap.engine.Trial;
import org.opensuse.containersnap.hook.DeployHooks;
import org.opensuse.containersnap.job.JobRecords;
import org.opensuse.containersnap.job.Shutdown;
import org.opensuse.containersnap.lab.PrivateBus;
import org.opensuse.containersnap.podman.PodmanImageStore;
import org.opensuse.containersnap.podman.PodmanService;
import org.opensuse.containersnap.podman.PodmanSettings;
import org.opensuse.containersnap.podman.SkopeoRegistry;
import org.opensuse.containersnap.polkit.Authority;
import org.opensuse.containersnap.polkit.Operation;
import org.opensuse.containersnap.reboot.MachineReboot;
import org.opensuse.containersnap.record.JsonJobRecords;
import org.opensuse.containersnap.record.JsonRecords;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.verify.RootInspection;
import org.opensuse.containersnap.wire.BusConnection;
import org.opensuse.containersnap.wire.BusError;
import org.opensuse.containersnap.wire.TypedValue;

/// The service on a real bus, over a store that is empty and not on btrfs: what it answers to whom, and how it refuses.
class ServiceTest {
    private static final String STANDARD = "org.freedesktop.DBus.";
    private static final String PROPERTIES = STANDARD + "Properties";
    private static final String INTROSPECTABLE = STANDARD + "Introspectable";
    private static final String ID = "ab".repeat(32);

    @TempDir
    private static Path state;

    private static PrivateBus bus;
    private static Service service;
    private static BusConnection caller;

    @BeforeAll
    static void start() throws Exception {
        bus = PrivateBus.start();
        StoreLayout layout = new StoreLayout(state);
        BtrfsSubvolumes subvolumes = new BtrfsSubvolumes(Path.of("/proc"));
        PodmanSettings podman = new PodmanSettings(
                Path.of("/usr/bin/podman"), state, state.resolve("run"), Duration.ofSeconds(5), Map.of());
        PodmanImageStore images = new PodmanImageStore(
                new PodmanService(podman), subvolumes, subvolumes.volume(), _ -> false, StepWatch.NONE);
        Engine engine = Engine.over(
                layout,
                subvolumes,
                subvolumes.volume(),
                images,
                new ArchiveFiles(),
                new JsonRecords(layout.records(), _ -> {}),
                RootInspection.ofThisMachine(),
                new RunningSystem(state, new CarryOver(subvolumes::sync)),
                DeployHooks.of(state, Duration.ofMinutes(1)),
                state.resolve("reboot-needed"),
                new MachineReboot(bus.address(), state),
                new SkopeoRegistry(Path.of("/usr/bin/skopeo"), Map.of(), SkopeoRegistry.PATIENCE),
                new Retention(3, 7, OptionalLong.empty()),
                new Trial.Terms(3, 600, state.resolve("on-trial")),
                StepWatch.NONE);
        // As a bug would: an exception that has no message.
        Authority broken = (_, operation, _) -> {
            if (operation == Operation.CREATE_SNAPSHOT) {
                throw new NullPointerException();
            }
        };
        JobRecords jobs = new JsonJobRecords(state.resolve("jobs"), _ -> {});
        service = Service.start(
                BusConnection.connect(bus.address()),
                engine,
                jobs,
                broken,
                Shutdown.unannounced(),
                Clock.systemUTC(),
                StepWatch.NONE,
                "1.2.3");
        caller = BusConnection.connect(bus.address());
    }

    @AfterAll
    static void stop() throws IOException {
        caller.close();
        service.close();
        bus.close();
    }

    private static List<Object> call(
            String path, String interfaceName, String member, String signature, Object... values) throws BusError {
        return caller.call(Contract.BUS_NAME, path, interfaceName, member, signature, List.of(values));
    }

    private static BusError errorOf(
            String path, String interfaceName, String member, String signature, Object... values) {
        return catchThrowableOfType(BusError.class, () -> call(path, interfaceName, member, signature, values));
    }

    static Stream<Arguments> wrongCalls() {
        String manager = Contract.MANAGER;
        return Stream.of(
                Arguments.of("/x", manager, "GetRoot", "s", List.of(ID), "UnknownObject"),
                Arguments.of(Paths.TOP + "/snapshot/" + ID, Contract.SNAPSHOT, "X", "", List.of(), "UnknownObject"),
                Arguments.of(Paths.TOP + "/image/" + ID, Contract.IMAGE, "X", "", List.of(), "UnknownObject"),
                Arguments.of(Paths.TOP + "/job/1", Contract.JOB, "Cancel", "a{sv}", List.of(Map.of()), "UnknownObject"),
                Arguments.of(Paths.TOP, "other.Interface", "GetRoot", "s", List.of(ID), "UnknownInterface"),
                Arguments.of(Paths.TOP, Contract.JOB, "Cancel", "a{sv}", List.of(Map.of()), "UnknownInterface"),
                Arguments.of("/", manager, "GetRoot", "s", List.of(ID), "UnknownInterface"),
                Arguments.of(Paths.TOP, manager, "Getroot", "s", List.of(ID), "UnknownMethod"),
                Arguments.of(Paths.TOP, manager, "Introspect", "", List.of(), "UnknownMethod"),
                Arguments.of(Paths.TOP, "", "NoSuchThing", "", List.of(), "UnknownMethod"),
                Arguments.of(Paths.TOP, manager, "GetRoot", "", List.of(), "InvalidArgs"),
                Arguments.of(Paths.TOP, manager, "GetRoot", "ss", List.of(ID, ID), "InvalidArgs"),
                Arguments.of(Paths.TOP, manager, "GetRoot", "o", List.of("/x"), "InvalidArgs"),
                Arguments.of(Paths.TOP, manager, "SwitchTo", "s", List.of(ID), "InvalidArgs"),
                Arguments.of(Paths.TOP, PROPERTIES, "Get", "ss", List.of(manager, "Nothing"), "UnknownProperty"),
                Arguments.of(Paths.TOP, PROPERTIES, "Get", "ss", List.of("a.b", "Version"), "UnknownInterface"),
                Arguments.of(Paths.TOP, PROPERTIES, "GetAll", "s", List.of("a.b"), "UnknownInterface"),
                Arguments.of(
                        Paths.TOP,
                        PROPERTIES,
                        "Set",
                        "ssv",
                        List.of(manager, "Version", TypedValue.of("9")),
                        "PropertyReadOnly"),
                Arguments.of(
                        Paths.LOG_CONTROL,
                        PROPERTIES,
                        "Set",
                        "ssv",
                        List.of(Contract.LOG_CONTROL, "SyslogIdentifier", TypedValue.of("x")),
                        "PropertyReadOnly"),
                Arguments.of(Paths.LOG_CONTROL, PROPERTIES, "Set", "ssv", logLevel(TypedValue.of(true)), "InvalidArgs"),
                Arguments.of(Paths.LOG_CONTROL, PROPERTIES, "Set", "ssv", logLevel(TypedValue.of("x")), "InvalidArgs"),
                Arguments.of(Paths.LOG_CONTROL + "/x", PROPERTIES, "GetAll", "s", List.of("x"), "UnknownObject"),
                Arguments.of("/org/freedesktop", manager, "GetRoot", "s", List.of(ID), "UnknownInterface"),
                Arguments.of(Paths.TOP, manager, "SwitchTo", "sa{sv}", options("force"), "InvalidArgs"),
                Arguments.of(
                        Paths.TOP,
                        manager,
                        "Pull",
                        "sa{sv}",
                        List.of("a.b/c", Map.of("x", TypedValue.of("y"))),
                        "InvalidArgs"),
                Arguments.of(
                        Paths.TOP,
                        manager,
                        "SetReadOnly",
                        "sba{sv}",
                        List.of(ID, true, Map.of("force", TypedValue.of("yes"))),
                        "InvalidArgs"));
    }

    private static List<Object> logLevel(TypedValue value) {
        return List.of(Contract.LOG_CONTROL, "LogLevel", value);
    }

    private static List<Object> options(String key) {
        return List.of(ID, Map.of(key, TypedValue.of(true)));
    }

    @ParameterizedTest(name = "{0} {1}.{2} {3} -> {5}")
    @MethodSource("wrongCalls")
    void aCallThatIsNotInTheContractGetsTheStandardError(
            String path, String interfaceName, String member, String signature, List<Object> values, String error) {
        BusError answer = errorOf(path, interfaceName, member, signature, values.toArray());

        assertThat(answer.name()).isEqualTo(STANDARD + "Error." + error);
        assertThat(answer).message().isNotBlank().doesNotContain("\n");
    }

    static Stream<Arguments> badArguments() {
        return Stream.of(
                Arguments.of("GetRoot", "s", List.of("../etc"), "InvalidId"),
                Arguments.of("GetRoot", "s", List.of(ID), "NoSuchSnapshot"),
                Arguments.of("Verify", "sa{sv}", List.of(ID, Map.of()), "NoSuchSnapshot"),
                Arguments.of("Verify", "sa{sv}", List.of("a.b/c:1", Map.of()), "NoSuchImage"),
                Arguments.of("Verify", "sa{sv}", List.of("../" + ID, Map.of()), "InvalidReference"),
                Arguments.of("SwitchTo", "sa{sv}", List.of(ID + "-work0", Map.of()), "InvalidId"),
                Arguments.of("DeleteSnapshot", "sa{sv}", List.of(ID, Map.of()), "InvalidId"),
                Arguments.of("DeleteSnapshot", "sa{sv}", List.of(ID + "-work1", Map.of()), "NoSuchSnapshot"),
                Arguments.of("DeleteImage", "sa{sv}", List.of(ID, Map.of()), "NoSuchImage"),
                Arguments.of("DeleteImage", "sa{sv}", List.of("6", Map.of()), "NoSuchImage"),
                Arguments.of("DeleteImage", "sa{sv}", List.of("no such name", Map.of()), "InvalidReference"),
                Arguments.of("Pull", "sa{sv}", List.of("--all", Map.of()), "InvalidReference"),
                Arguments.of("Load", "sa{sv}", List.of("dir:/x", Map.of()), "InvalidSource"),
                Arguments.of("Pull", "sa{sv}", List.of("a.b/c", Map.of()), "NotBtrfs"),
                Arguments.of("Init", "a{sv}", List.of(Map.of()), "NotBtrfs"));
    }

    @ParameterizedTest(name = "{0} {2} -> {3}")
    @MethodSource("badArguments")
    void whatCannotBeDoneGetsAnErrorOfTheService(String member, String signature, List<Object> values, String error) {
        BusError answer = errorOf(Paths.TOP, Contract.MANAGER, member, signature, values.toArray());

        assertThat(answer.name()).isEqualTo(Contract.BUS_NAME + ".Error." + error);
        assertThat(answer).message().isNotBlank().doesNotContain("\n");
    }

    @Test
    void aBugWithoutAMessageStillGetsAnAnswer() {
        BusError answer = errorOf(Paths.TOP, Contract.MANAGER, "CreateSnapshot", "sa{sv}", ID, Map.of());

        assertThat(answer.name()).isEqualTo(Contract.BUS_NAME + ".Error.Internal");
        assertThat(answer).hasMessageContaining("internal error");
    }

    @Test
    void theLiveIntrospectionOfTheManagerEqualsTheContract() throws Exception {
        String live = (String) call(Paths.TOP, INTROSPECTABLE, "Introspect", "").getFirst();
        String file = Files.readString(ContractTest.FILES.resolve(Contract.MANAGER + ".xml"));

        List<String> lines = ContractTest.flatten(live);
        assertThat(lines)
                .containsSubsequence(ContractTest.flatten(file).stream().skip(1).toList());
        assertThat(lines.stream().filter(line -> line.startsWith("  interface")))
                .containsExactly(
                        "  interface [name=\"org.freedesktop.DBus.Peer\"]",
                        "  interface [name=\"org.freedesktop.DBus.Introspectable\"]",
                        "  interface [name=\"org.freedesktop.DBus.Properties\"]",
                        "  interface [name=\"org.freedesktop.DBus.ObjectManager\"]",
                        "  interface [name=\"" + Contract.MANAGER + "\"]");
    }

    @ParameterizedTest
    @ValueSource(strings = {Paths.TOP, Paths.LOG_CONTROL})
    void theWayToAnObjectCanBeWalkedFromTheTop(String object) throws BusError {
        String path = "";
        for (String name : object.substring(1).split("/", -1)) {
            assertThat((String) call(path.isEmpty() ? "/" : path, INTROSPECTABLE, "Introspect", "")
                            .getFirst())
                    .contains("<node name=\"" + name + "\"/>");
            path += "/" + name;
        }
        assertThat(path).isEqualTo(object);
    }

    @Test
    void theLiveIntrospectionOfLogControlIsWhatItsManualSays() throws Exception {
        String live = (String)
                call(Paths.LOG_CONTROL, INTROSPECTABLE, "Introspect", "").getFirst();

        assertThat(ContractTest.flatten(live))
                .endsWith(
                        "  interface [name=\"org.freedesktop.LogControl1\"]",
                        "    property [access=\"readwrite\", name=\"LogLevel\", type=\"s\"]",
                        "      annotation [name=\"org.freedesktop.DBus.Property.EmitsChangedSignal\", value=\"false\"]",
                        "      annotation [name=\"org.freedesktop.systemd1.Privileged\", value=\"true\"]",
                        "    property [access=\"readwrite\", name=\"LogTarget\", type=\"s\"]",
                        "      annotation [name=\"org.freedesktop.DBus.Property.EmitsChangedSignal\", value=\"false\"]",
                        "      annotation [name=\"org.freedesktop.systemd1.Privileged\", value=\"true\"]",
                        "    property [access=\"read\", name=\"SyslogIdentifier\", type=\"s\"]",
                        "      annotation [name=\"org.freedesktop.DBus.Property.EmitsChangedSignal\", value=\"false\"]");
    }

    @Test
    void aMethodIsFoundWithoutItsInterface() throws BusError {
        assertThat(call(Paths.TOP, "", "ListJobs", "a{sv}", Map.of())).containsExactly(List.of());
    }

    @Test
    void anEmptyStoreListsNothing() throws BusError {
        for (String list : List.of("ListImages", "ListJobs")) {
            assertThat(call(Paths.TOP, Contract.MANAGER, list, "a{sv}", Map.of()))
                    .containsExactly(List.of());
        }
    }

    @Test
    void aPropertyIsRead() throws BusError {
        assertThat(call(Paths.TOP, PROPERTIES, "Get", "ss", Contract.MANAGER, "Version"))
                .containsExactly(TypedValue.of("1.2.3"));
    }

    @Test
    void argumentsThatNoMethodHasRoomForAreNotRead() throws BusError {
        BusError answer = errorOf(Paths.TOP, STANDARD + "Peer", "Ping", "s", "x".repeat(1 << 20));

        assertThat(answer.name()).isEqualTo(STANDARD + "Error.LimitsExceeded");
        assertThat(answer).hasMessageContaining("at most 65536 are read");
        assertThat(call(Paths.TOP, STANDARD + "Peer", "Ping", "")).isEmpty();
    }

    @Test
    void pingIsAnswered() throws BusError {
        assertThat(call(Paths.TOP, STANDARD + "Peer", "Ping", "")).isEmpty();
        assertThat((String) call("/", STANDARD + "Peer", "GetMachineId", "").getFirst())
                .matches("[0-9a-f]{32}");
    }

    /// The D-Bus specification has it so.
    @Test
    void pingIsAnsweredWhateverThePath() throws BusError {
        assertThat(call("/nowhere", STANDARD + "Peer", "Ping", "")).isEmpty();
        assertThat(errorOf("/nowhere", STANDARD + "Peer", "Explode", "").name())
                .isEqualTo(STANDARD + "Error.UnknownMethod");
        assertThat(errorOf("/nowhere", INTROSPECTABLE, "Introspect", "").name())
                .isEqualTo(STANDARD + "Error.UnknownObject");
    }

    @Test
    void aPathOfAnyLengthIsShownInShort() {
        assertThat(errorOf("/a".repeat(2000), INTROSPECTABLE, "Introspect", ""))
                .hasMessage("there is no object " + "/a".repeat(80) + "…");
    }

    @Test
    @Timeout(60)
    void manyCallersAtOnceAllGetTheirAnswer() throws Exception {
        int callers = 16;
        int callsEach = 200;
        List<Future<Integer>> answered = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(callers)) {
            for (int i = 0; i < callers; i++) {
                answered.add(threads.submit(() -> countAnswers(callsEach)));
            }
            for (Future<Integer> count : answered) {
                assertThat(count.get()).isEqualTo(callsEach);
            }
        }
    }

    private static int countAnswers(int calls) throws IOException, BusError {
        int answers = 0;
        try (BusConnection own = BusConnection.connect(bus.address())) {
            for (int i = 0; i < calls; i++) {
                own.call(Contract.BUS_NAME, Paths.TOP, INTROSPECTABLE, "Introspect", "", List.of());
                answers++;
            }
        }
        return answers;
    }

    @Test
    void aSecondServiceCannotTakeTheName() throws IOException {
        try (BusConnection second = BusConnection.connect(bus.address())) {
            BusError refused = catchThrowableOfType(BusError.class, () -> second.own(Contract.BUS_NAME));
            assertThat(refused).hasMessageContaining("another process owns the name");
        }
    }
}
