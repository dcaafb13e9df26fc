package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Caller.OPTIONS;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Person;
import org.opensuse.containersnap.client.lab.RegistryImage;
import org.opensuse.containersnap.client.lab.SlowRegistry;
import org.opensuse.containersnap.client.story.Bus.Job;
import org.opensuse.containersnap.client.story.Caller.Reply;

/// A user who asks for too much is told so, and everybody else notices nothing of it.
@Isolated("it measures time")
class LimitsIT {
    @RegisterExtension
    static final Lab lab = Lab.machine();

    private static final int MOST_CALLS = 64;
    private static final int MOST_JOBS = 8;
    private static final int JOBS_AT_ONCE = 2;
    private static final int TOO_MANY = 6;

    private static final Machine machine = new Machine(lab);
    private static final Bus bus = new Bus(lab);
    private static final Polkit polkit = new Polkit(lab);
    private static Person greedy;
    private static Person modest;
    private static String image = "";

    @BeforeAll
    static void fill() {
        greedy = Person.withoutSession(lab, "greedy");
        modest = Person.withoutSession(lab, "modest");
        image = machine.pull("tiny:1");
    }

    /// A polkitd that does not answer keeps the calls where they are.
    @Test
    void aUserHasSoManyCallsInFlight() {
        List<String> before = machine.snapshots();
        try (Caller caller = new Caller(greedy);
                Caller another = new Caller(modest);
                Caller root = new Caller(Person.root(lab))) {
            assertThat(create(caller).join().line()).startsWith("InteractiveAuthorizationRequired: ");
            List<CompletableFuture<Reply>> accepted = new ArrayList<>();
            polkit.freeze();
            try {
                for (int i = 0; i < MOST_CALLS; i++) {
                    accepted.add(create(caller));
                }
                for (int i = 0; i < TOO_MANY; i++) {
                    assertThat(Caller.await(create(caller)).line())
                            .isEqualTo("LimitsExceeded: user " + greedy.uid() + " has " + MOST_CALLS
                                    + " calls that have not ended, and may not have more; wait for one to end");
                }

                assertThat(another.call("GetRoot", Bus.text(image)).value()).contains(image);
                String made = Caller.await(create(root)).value();
                root.call("DeleteSnapshot", Bus.text(made), OPTIONS).ok();
                assertThat(accepted).noneMatch(CompletableFuture::isDone);
            } finally {
                polkit.thaw();
            }
            assertThat(accepted)
                    .allSatisfy(call ->
                            assertThat(Caller.await(call).line()).startsWith("InteractiveAuthorizationRequired: "));
            assertThat(caller.call("GetRoot", Bus.text(image)).value()).contains(image);
        }
        assertThat(machine.snapshots()).isEqualTo(before);
    }

    @Test
    void aUserHasSoManyJobs() throws Exception {
        RegistryImage tiny = RegistryImage.read(lab.registry(), "tiny", "1");
        for (int i = 0; i <= MOST_JOBS; i++) {
            tiny.sibling("job" + i).push();
        }
        String lastName = "tiny:job" + MOST_JOBS;
        pullAndDelete(lastName); // which is remembered
        try (SlowRegistry slow = SlowRegistry.before(lab.registry(), 0)) {
            polkit.allowOneRegistry(greedy.name(), slow.image("").replace("/", ""));
            try (Caller caller = new Caller(greedy)) {
                List<String> before = machine.traces();
                List<Job> jobs = new ArrayList<>();
                for (int i = 0; i < MOST_JOBS; i++) {
                    jobs.add(new Job(lab, pull(caller, slow, i).value()));
                }
                slow.awaitStandstill();
                Await.until("the jobs that run at once", () -> running(jobs) == JOBS_AT_ONCE);

                assertThat(pull(caller, slow, MOST_JOBS).line())
                        .isEqualTo("LimitsExceeded: user " + greedy.uid() + " has " + MOST_JOBS
                                + " jobs that have not ended, and may not have more; wait for one to end");
                assertThat(bus.jobs()).endsWith(jobs.getLast().path());
                for (int i = 0; i < MOST_JOBS; i++) {
                    assertThat(pull(caller, slow, i).value())
                            .isEqualTo(jobs.get(i).path());
                }

                pullAndDelete(lastName);
                assertThat(jobs).allMatch(job -> job.number("EndTime") == 0);
                assertThat(running(jobs)).isEqualTo(JOBS_AT_ONCE);

                for (Job job : jobs.reversed()) {
                    Caller.await(caller.begin(false, job.path(), "Job.Cancel", OPTIONS))
                            .ok();
                }
                assertThat(jobs).allMatch(job -> job.end().equals("cancelled"));
                assertThat(machine.traces()).isEqualTo(before);
                Job again = new Job(lab, pull(caller, slow, MOST_JOBS).value());
                Caller.await(caller.begin(false, again.path(), "Job.Cancel", OPTIONS))
                        .ok();
            }
        }
    }

    private static long running(List<Job> jobs) {
        return jobs.stream().filter(job -> job.state().equals("running")).count();
    }

    private static void pullAndDelete(String name) {
        lab.snap("delete", "--id", machine.pull(name)).ok();
    }

    private static CompletableFuture<Reply> create(Caller caller) {
        return caller.begin(false, Machine.TOP, "Manager.CreateSnapshot", Bus.text(image), OPTIONS);
    }

    private static Reply pull(Caller caller, SlowRegistry registry, int number) {
        return caller.call(
                "Pull", Bus.text(registry.image("tiny:job" + number)), "{'request_id': <'job" + number + "'>}");
    }
}
