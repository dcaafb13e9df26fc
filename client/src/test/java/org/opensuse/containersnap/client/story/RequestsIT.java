package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Lab.Result;
import org.opensuse.containersnap.client.lab.Person;
import org.opensuse.containersnap.client.lab.RegistryImage;
import org.opensuse.containersnap.client.lab.SlowRegistry;
import org.opensuse.containersnap.client.story.Bus.Job;
import org.opensuse.containersnap.client.story.Caller.Reply;

/// A program that asks again, since it lost a reply or was started again, gets the job that it has; and one that goes
/// away leaves its job running, unless it said otherwise.
class RequestsIT {
    @RegisterExtension
    static final Lab lab = Lab.machine();

    private static final String CANCEL_ON_DISCONNECT = "{'cancel_on_disconnect': <true>}";

    private static final Machine machine = new Machine(lab);
    private static final Bus bus = new Bus(lab);

    private SlowRegistry registry;
    private String reference = "";
    private List<String> before = List.of();

    /// A store without the image, as it is when the service has run, and a registry that stops in the middle of it.
    @BeforeEach
    void prepare() throws Exception {
        RegistryImage tiny = RegistryImage.read(lab.registry(), "tiny", "1");
        lab.snap("delete", "--id", machine.pull("tiny:1")).ok();
        before = machine.traces();
        registry = SlowRegistry.before(lab.registry(), tiny.layerBytes() / 2);
        reference = registry.image("tiny:1");
    }

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    private static String id(String id) {
        return "{'request_id': <" + Bus.text(id) + ">}";
    }

    private static Result pull(String reference, String options) {
        return bus.manager("Pull", Bus.text(reference), options);
    }

    private static String path(Result reply) {
        return bus.job(reply).path();
    }

    @Test
    void askingAgainGetsTheJobWhileItRunsAndAfterItsEndAKillAndAReboot() throws Exception {
        Job job = bus.job(pull(reference, id("nightly")));
        registry.awaitStandstill();

        assertThat(path(pull(reference, id("nightly")))).isEqualTo(job.path());
        assertThat(path(pull("docker://" + reference, id("nightly")))).isEqualTo(job.path());
        assertThat(job.get("RequestId")).isEqualTo("\"nightly\"");
        Bus.assertRefused(pull(reference, "{}"), Bus.ERROR + "Busy");
        assertOthersAreRefused(job);

        registry.handOutAll();
        assertThat(job.end()).isEqualTo("succeeded");
        lab.snap("delete", "--id", machine.images().getFirst()).ok();
        List<String> jobs = bus.jobs();
        assertThat(path(pull(reference, id("nightly")))).isEqualTo(job.path());

        bus.killService();
        assertThat(path(pull(reference, id("nightly")))).isEqualTo(job.path());
        assertThat(job.state()).isEqualTo("succeeded");
        assertOthersAreRefused(job);

        lab.reboot();
        assertThat(path(pull(reference, id("nightly")))).isEqualTo(job.path());
        assertOthersAreRefused(job);
        assertThat(machine.json("jobs")).contains("[" + jobs.indexOf(job.path()) + "].request_id \"nightly\"");
        assertThat(bus.jobs()).isEqualTo(jobs);
        assertThat(machine.images()).isEmpty();
    }

    private void assertOthersAreRefused(Job job) {
        String options = "{'request_id': <'nightly'>, 'cancel_on_disconnect': <true>}";
        for (Result reply : List.of(
                pull(lab.image("tiny:1"), id("nightly")),
                pull(reference, options),
                bus.manager("DeleteImage", Bus.text(reference), id("nightly")),
                bus.manager("Load", Bus.text("oci-archive:/srv/nothing"), id("nightly")))) {
            Bus.assertRefused(
                    reply,
                    Bus.ERROR + "RequestIdInUse",
                    "'nightly' stands for job " + job.path().replaceFirst(".*/", "") + ", the pull of docker://"
                            + reference);
        }
    }

    @Test
    void whatAKillInterruptedIsFoundAndANewIdStartsItAgain() throws Exception {
        Job job = bus.job(pull(reference, id("killed")));
        registry.awaitStandstill();
        bus.killService();
        registry.handOutAll();

        assertThat(path(pull(reference, id("killed")))).isEqualTo(job.path());
        assertThat(job.state()).isEqualTo("interrupted");
        assertThat(machine.images()).isEmpty();

        assertThat(bus.job(pull(reference, id("again"))).end()).isEqualTo("succeeded");
        assertThat(path(pull(reference, id("killed")))).isEqualTo(job.path());
    }

    @Test
    void anIdOfOneUserMeansNothingWithAnother() {
        Person neighbour = Person.withoutSession(lab, "neighbour");
        Person stranger = Person.withoutSession(lab, "stranger");
        new Polkit(lab).allowOneRegistry(neighbour.name(), lab.registry());
        String image = lab.image("tiny:1");
        Job ofRoot = bus.job(pull(image, id("same")));
        assertThat(ofRoot.end()).isEqualTo("succeeded");

        try (Caller allowed = new Caller(neighbour);
                Caller denied = new Caller(stranger)) {
            Job own = new Job(
                    lab, allowed.call("Pull", Bus.text(image), id("same")).value());

            assertThat(own.path()).isNotEqualTo(ofRoot.path());
            assertThat(own.number("StartedByUid")).isEqualTo(neighbour.uid());
            assertThat(own.end()).isEqualTo("succeeded");
            assertThat(allowed.call("Pull", Bus.text(image), id("same")).value())
                    .isEqualTo(own.path());
            assertThat(path(pull(image, id("same")))).isEqualTo(ofRoot.path());
            assertThat(denied.call("Pull", Bus.text(image), id("same")).line())
                    .startsWith("InteractiveAuthorizationRequired: ");
        }
    }

    @Test
    void callsAtTheSameMomentStartOneJob() {
        int callers = 6;
        int callsEach = 8;
        List<String> earlier = bus.jobs();
        List<Caller> open = new ArrayList<>();
        try {
            for (int i = 0; i < callers; i++) {
                open.add(new Caller(Person.root(lab)));
            }
            List<CompletableFuture<Reply>> replies = new ArrayList<>();
            for (int i = 0; i < callsEach; i++) {
                for (Caller caller : open) {
                    replies.add(caller.begin(false, Machine.TOP, "Manager.Pull", Bus.text(reference), id("race")));
                }
            }
            String path = Caller.await(replies.getFirst()).value();
            assertThat(replies)
                    .allSatisfy(reply -> assertThat(Caller.await(reply).value()).isEqualTo(path));
            List<String> expected = new ArrayList<>(earlier);
            expected.add(path);
            assertThat(bus.jobs()).isEqualTo(expected);
            registry.handOutAll();
            assertThat(new Job(lab, path).end()).isEqualTo("succeeded");
        } finally {
            open.forEach(Caller::close);
        }
    }

    @Test
    void whoVanishesLeavesItsJobRunning() throws Exception {
        Caller caller = new Caller(Person.root(lab));
        Job job = start(caller, "{'cancel_on_disconnect': <false>}");
        registry.awaitStandstill();

        vanish(caller);

        assertThat(job.state()).isEqualTo("running");
        registry.handOutAll();
        assertThat(job.end()).isEqualTo("succeeded");
    }

    @Test
    void whoVanishesCancelsItsJobIfItSaidSo() throws Exception {
        Caller caller = new Caller(Person.root(lab));
        Job job = start(caller, CANCEL_ON_DISCONNECT);
        registry.awaitStandstill();
        assertThat(job.state()).isEqualTo("running");

        vanish(caller);

        assertThat(job.end()).isEqualTo("cancelled");
        assertThat(job.get("ErrorName")).isEqualTo('"' + Bus.ERROR + "Cancelled\"");
        String why = "the pull of docker://" + reference
                + " was cancelled, because the caller that started it with cancel_on_disconnect left the bus; nothing was "
                + "changed";
        assertThat(job.get("ErrorMessage")).isEqualTo('"' + why + '"');
        assertThat(lab.log()).contains("job cancelled job=" + job.number("Id") + " ", "\"" + why + "\"");
        assertThat(machine.traces()).containsExactlyElementsOf(before);
    }

    @Test
    void whoAskedAgainNeitherCancelsNorKeepsIt() throws Exception {
        String options = "{'request_id': <'shared'>, 'cancel_on_disconnect': <true>}";
        Caller first = new Caller(Person.root(lab));
        Caller second = new Caller(Person.root(lab));
        try (Caller third = new Caller(Person.root(lab))) {
            Job job = start(first, options);
            registry.awaitStandstill();
            assertThat(start(second, options).path()).isEqualTo(job.path());
            assertThat(start(third, options).path()).isEqualTo(job.path());

            vanish(second);
            assertThat(job.state()).isEqualTo("running");

            vanish(first);
            assertThat(job.end()).isEqualTo("cancelled");
            assertThat(start(third, options).path()).isEqualTo(job.path());
            assertThat(machine.images()).isEmpty();
        }
    }

    private Job start(Caller caller, String options) {
        return new Job(lab, caller.call("Pull", Bus.text(reference), options).value());
    }

    /// Kills a caller and waits until the bus knows, which has told the service then.
    private static void vanish(Caller caller) {
        lab.run("kill", "-KILL", caller.pid()).ok();
        Await.until(
                "the end of a caller on the bus",
                () -> lab.bash("busctl list --unique --no-legend | awk '{ print $2 }'")
                        .ok()
                        .lines()
                        .noneMatch(caller.pid()::equals));
        caller.close();
    }
}
