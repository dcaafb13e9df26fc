package org.opensuse.containersnap.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
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
import org.opensuse.containersnap.job.JobRecord;
import org.opensuse.containersnap.job.JobRequest;
import org.opensuse.containersnap.job.JobResult;
import org.opensuse.containersnap.job.JobState;
import org.opensuse.containersnap.job.JobType;
import org.opensuse.containersnap.job.RequestId;
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
import org.opensuse.containersnap.snapshot.Failure.AccessDenied;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.verify.RootInspection;
import org.opensuse.containersnap.wire.BusConnection;
import org.opensuse.containersnap.wire.BusError;
import org.opensuse.containersnap.wire.TypedValue;

/// The options of calls that start jobs, on a real bus: a service that knows jobs of an earlier run, over a store that
/// is not on btrfs, so that it can't start any.
class JobOptionsTest {
    private static final String IMAGE = "abababababababababababababababababababababababababababababababab";
    private static final String INVALID_ARGS = "org.freedesktop.DBus.Error.InvalidArgs";
    private static final String ERROR = Contract.BUS_NAME + ".Error.";

    @TempDir
    private static Path state;

    private static PrivateBus bus;
    private static Service service;
    private static BusConnection caller;

    @BeforeAll
    static void start() throws Exception {
        bus = PrivateBus.start();
        StoreLayout layout = new StoreLayout(state);
        PodmanSettings podman = new PodmanSettings(
                Path.of("/usr/bin/podman"), state, state.resolve("run"), Duration.ofSeconds(5), Map.of());
        BtrfsSubvolumes subvolumes = new BtrfsSubvolumes(Path.of("/proc"));
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
        JsonJobRecords records = new JsonJobRecords(state.resolve("jobs"), _ -> {});
        long self = ((Number) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue();
        records.write(job(1, self, JobType.PULL, "docker://a.b/c:latest", "mine"));
        records.write(job(2, self, JobType.LOAD, "oci-archive:/srv/a", "loaded"));
        records.write(job(3, self, JobType.DELETE_IMAGE, IMAGE, "deleted"));
        records.write(job(4, self + 1, JobType.PULL, "docker://a.b/c:latest", "theirs"));
        Authority noLoads = (_, operation, _) -> {
            if (operation == Operation.LOAD) {
                throw new AccessDenied("no");
            }
        };
        service = Service.start(
                BusConnection.connect(bus.address()),
                engine,
                records,
                noLoads,
                Shutdown.unannounced(),
                Clock.systemUTC(),
                StepWatch.NONE,
                "1.2.3");
        caller = BusConnection.connect(bus.address());
    }

    private static JobRecord job(long id, long uid, JobType type, String target, String requestId) {
        return new JobRecord(
                id,
                new JobRequest(type, target, false, Optional.of(new RequestId(requestId))),
                uid,
                Instant.EPOCH,
                JobState.SUCCEEDED,
                "",
                0,
                OptionalLong.empty(),
                Optional.of(Instant.EPOCH),
                Optional.empty(),
                JobResult.NONE);
    }

    @AfterAll
    static void stop() throws IOException {
        caller.close();
        service.close();
        bus.close();
    }

    private static Object call(String member, String argument, Map<String, TypedValue> options) throws BusError {
        return caller.call(Contract.BUS_NAME, Paths.TOP, Contract.MANAGER, member, "sa{sv}", List.of(argument, options))
                .getFirst();
    }

    private static BusError refusal(String member, String argument, Map<String, TypedValue> options) {
        BusError refusal = catchThrowableOfType(BusError.class, () -> call(member, argument, options));
        assertThat(refusal).message().isNotBlank().doesNotContain("\n");
        return refusal;
    }

    private static Map<String, TypedValue> id(String id) {
        return Map.of("request_id", TypedValue.of(id));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.b/c", "a.b/c:latest", "docker://a.b/c"})
    void aRequestThatWasMadeBeforeGetsItsJobHoweverItIsSpelled(String reference) throws BusError {
        assertThat(call("Pull", reference, id("mine"))).isEqualTo(Paths.ofJob(1));
    }

    @Test
    void whatWasDeletedIsNotMissed() throws BusError {
        assertThat(call("DeleteImage", IMAGE, id("deleted"))).isEqualTo(Paths.ofJob(3));
        assertThat(refusal("DeleteImage", IMAGE, id("another")).name()).isEqualTo(ERROR + "NoSuchImage");
    }

    @ParameterizedTest
    @CsvSource({
        "Pull, a.b/c:2, mine",
        "Pull, a.b/c, loaded",
        "Pull, a.b/c, deleted",
        "DeleteImage, " + IMAGE + ", mine",
        "DeleteImage, a.b/c, deleted",
    })
    void anotherRequestUnderTheSameIdIsRefused(String member, String argument, String id) {
        BusError refusal = refusal(member, argument, id(id));

        assertThat(refusal.name()).isEqualTo(ERROR + "RequestIdInUse");
        assertThat(refusal).hasMessageContaining("'" + id + "'");
    }

    @Test
    void anOptionThatSaysItsDefaultIsAsNone() throws BusError {
        TypedValue id = TypedValue.of("mine");

        assertThat(call("Pull", "a.b/c", Map.of("request_id", id, "cancel_on_disconnect", TypedValue.of(false))))
                .isEqualTo(Paths.ofJob(1));
        assertThat(refusal("Pull", "a.b/c", Map.of("request_id", id, "cancel_on_disconnect", TypedValue.of(true)))
                        .name())
                .isEqualTo(ERROR + "RequestIdInUse");
    }

    @Test
    void theIdOfAnotherUserMeansNothing() {
        assertThat(refusal("Pull", "a.b/c", id("theirs")).name()).isEqualTo(ERROR + "NotBtrfs");
        assertThat(refusal("Pull", "a.b/c:2", id("theirs")).name()).isEqualTo(ERROR + "NotBtrfs");
    }

    @ParameterizedTest
    @CsvSource({"oci-archive:/srv/a, loaded", "oci-archive:/srv/b, loaded", "oci-archive:/srv/a, mine"})
    void whoMayNotStartItIsNotToldOfIt(String source, String id) {
        assertThat(refusal("Load", source, id(id)).name()).isEqualTo("org.freedesktop.DBus.Error.AccessDenied");
    }

    static Stream<Arguments> wrongOptions() {
        return Stream.of(
                Arguments.of("request_id", TypedValue.of(""), "1 to 64 visible ASCII"),
                Arguments.of("request_id", TypedValue.of("x".repeat(65)), "1 to 64 visible ASCII"),
                Arguments.of("request_id", TypedValue.of("a b"), "'a b' is not a request_id"),
                Arguments.of("request_id", TypedValue.of("\u202e\n"), "'\\u{202e}\\n' is not a request_id"),
                Arguments.of("request_id", TypedValue.of(true), "is of type 's', not 'b'"),
                Arguments.of("cancel_on_disconnect", TypedValue.of("yes"), "is of type 'b', not 's'"),
                Arguments.of(
                        "request-id",
                        TypedValue.of("x"),
                        "has no option 'request-id'; it has cancel_on_disconnect, request_id"));
    }

    @ParameterizedTest
    @MethodSource("wrongOptions")
    void optionsThatAreNotInTheContractAreRefused(String key, TypedValue value, String why) {
        Map<String, String> arguments = Map.of("Pull", "a.b/c", "Load", "oci-archive:/srv/a", "DeleteImage", IMAGE);

        arguments.forEach((member, argument) -> {
            BusError refusal = refusal(member, argument, Map.of(key, value));
            assertThat(refusal.name()).isEqualTo(INVALID_ARGS);
            assertThat(refusal).hasMessageContaining(why);
        });
    }

    @Test
    void theIdIsReadable() throws BusError {
        assertThat(requestIdOf(1)).isEqualTo(TypedValue.of("mine"));
        assertThat(requestIdOf(4)).isEqualTo(TypedValue.of("theirs"));
    }

    private static Object requestIdOf(long job) throws BusError {
        return caller.call(
                        Contract.BUS_NAME,
                        Paths.ofJob(job),
                        "org.freedesktop.DBus.Properties",
                        "Get",
                        "ss",
                        List.of(Contract.JOB, "RequestId"))
                .getFirst();
    }
}
