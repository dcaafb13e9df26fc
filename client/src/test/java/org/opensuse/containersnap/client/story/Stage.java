package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.RegistryImage;
import org.opensuse.containersnap.client.lab.SlowRegistry;
import org.opensuse.containersnap.client.story.Bus.Job;

/// A machine on which jobs are brought into each of their phases; its store is empty before.
final class Stage {
    /// Of the image that is loaded, so that unpacking it takes a while.
    private static final String FILES = "40000";

    private static final String BYTES_OF_A_FILE = "4096";
    private static final int JOBS_AT_ONCE = 8;
    private static final String SNAPSHOT = "take-root/snapshot#1";

    /// Prints its process ID. One that has ended may not be reaped yet.
    private static final String PODMAN = "pgrep --runstates R,S,D --exact podman";

    private static final String PODMAN_UNPACKS = "pgrep --runstates R,S,D --parent \"$(" + PODMAN + ")\"";
    private static final String PODMAN_RECEIVES =
            "compgen -G '/var/lib/container-snap/tmp/podman-*/scratch/*' && " + PODMAN;

    private final Lab lab;
    private final Bus bus;
    private final Machine machine;
    private final FailPoint failPoint;
    private final String archive;

    /// Sets it up, once for a machine. What is brought there for the first time leaves its record.
    Stage(Lab lab) {
        this.lab = lab;
        this.bus = new Bus(lab);
        this.machine = new Machine(lab);
        this.failPoint = new FailPoint(lab);
        failPoint.install();
        lab.snap("delete", "--id", machine.pull("tiny:1")).ok();
        this.archive = lab.inside(lab.scratch().resolve("many-files"));
        lab.run(resource("make-archive"), archive, FILES, BYTES_OF_A_FILE).ok();
    }

    /// Where a job can be.
    enum Phase {
        QUEUED(""),
        CONNECTING("connecting"),
        DOWNLOADING("downloading"),
        UNPACKING_A_PULL("storing"),
        LOADING("loading"),
        UNPACKING_A_LOAD("storing"),
        SNAPSHOTTING("snapshotting"),
        DELETING("deleting");

        private final String word;

        Phase(String word) {
            this.word = word;
        }
    }

    /// A program of the tests.
    String resource(String name) {
        return lab.inside(Path.of("src/test/resources", name));
    }

    /// Has a client start a job and waits until that is where it shall be. While it receives or deletes, podman is
    /// stopped so that it stays there.
    Scene open(Phase phase) throws Exception {
        // The calls of gdbus below give a daemon that has to start first 3 s.
        lab.snap("status").ok();
        Deque<Prop> props = new ArrayDeque<>();
        Scene scene = switch (phase) {
            case QUEUED -> queued(props);
            case CONNECTING -> connecting(props);
            case DOWNLOADING -> downloading(props);
            case UNPACKING_A_PULL -> unpacking(phase, "pull", lab.image("bootable:1"));
            case UNPACKING_A_LOAD -> unpacking(phase, "load", "docker-archive:" + archive);
            case LOADING -> {
                Stopper stopper = new Stopper(props, PODMAN_RECEIVES);
                Scene loading = start(props, List.of(), "load", "docker-archive:" + archive);
                stopper.await();
                yield loading;
            }
            case SNAPSHOTTING -> snapshotting(props);
            case DELETING -> {
                String image = machine.pull("tiny:1");
                Stopper stopper = new Stopper(props, PODMAN);
                Scene deleting = start(props, List.of(), "delete", "--id", image);
                stopper.await();
                yield deleting;
            }
        };
        assertThat(scene.job().get("Phase")).isEqualTo('"' + phase.word + '"');
        return scene;
    }

    private Scene start(Deque<Prop> props, List<Job> others, String... arguments) {
        List<String> earlier = bus.jobs();
        List<String> command = new ArrayList<>(List.of("container-snap"));
        command.addAll(Arrays.asList(arguments));
        Process client = lab.start(command.toArray(String[]::new));
        Await.until("the job", () -> bus.jobs().size() > earlier.size());
        return new Scene(bus.lastJob(), others, client, props);
    }

    /// As many jobs as run at once stand still, and one more is queued.
    private Scene queued(Deque<Prop> props) throws IOException {
        ServerSocket silent = silentRegistry(props);
        List<Job> others = new ArrayList<>();
        for (int i = 0; i < JOBS_AT_ONCE; i++) {
            others.add(bus.pull(nameIn(silent, "tiny:" + i)));
        }
        Await.until(
                "the others", () -> others.stream().allMatch(job -> job.state().equals("running")));
        Scene scene = start(props, others, "pull", nameIn(silent, "tiny:queued"));
        assertThat(scene.job().state()).isEqualTo("queued");
        return scene;
    }

    private Scene connecting(Deque<Prop> props) throws IOException {
        ServerSocket silent = silentRegistry(props);
        Scene scene = start(props, List.of(), "pull", nameIn(silent, "tiny:1"));
        assertThat(silent.accept().getInputStream().read()).isNotNegative();
        return scene;
    }

    private Scene downloading(Deque<Prop> props) throws IOException, InterruptedException {
        RegistryImage tiny = RegistryImage.read(lab.registry(), "tiny", "1");
        SlowRegistry slow = SlowRegistry.before(lab.registry(), tiny.layerBytes() / 2);
        props.push(slow::close);
        Scene scene = start(props, List.of(), "pull", slow.image("tiny:1"));
        Await.until("bytes", () -> scene.job().number("BytesDone") > 0);
        return scene;
    }

    private Scene unpacking(Phase phase, String verb, String source) {
        Scene scene = start(new ArrayDeque<>(), List.of(), verb, source);
        Await.until(
                "unpacking",
                () -> scene.job().get("Phase").contains(phase.word)
                        && lab.bash(PODMAN_UNPACKS).status() == 0);
        return scene;
    }

    private Scene snapshotting(Deque<Prop> props) {
        int logged = restart();
        Scene scene = start(props, List.of(), "pull", lab.image("tiny:1"));
        Await.until("the step", () -> lab.log().substring(logged).contains("step=" + SNAPSHOT));
        props.push(failPoint::goOn);
        return scene;
    }

    /// Has the service start anew, so that it waits when it takes a snapshot.
    private int restart() {
        bus.stopService();
        Await.until("the end of the service", () -> !bus.serviceRuns());
        failPoint.setWait(SNAPSHOT);
        int logged = lab.log().length();
        lab.snap("status").ok();
        return logged;
    }

    /// One that takes connections and never answers.
    private static ServerSocket silentRegistry(Deque<Prop> props) throws IOException {
        ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        props.push(silent::close);
        return silent;
    }

    private static String nameIn(ServerSocket registry, String image) {
        return "127.0.0.1:" + registry.getLocalPort() + "/" + image;
    }

    interface Prop {
        void remove() throws IOException;
    }

    /// Stops podman as soon as something is true of it.
    private final class Stopper {
        private final BufferedReader told;

        private Stopper(Deque<Prop> props, String condition) throws IOException {
            Process stopper = lab.start(
                    "bash",
                    "-c",
                    "echo ready; until eval \"$1\"; do :; done >/dev/null 2>&1; "
                            + "kill -STOP \"$($2)\" && echo stopped",
                    "bash",
                    condition,
                    PODMAN);
            told = stopper.inputReader();
            assertThat(told.readLine()).isEqualTo("ready");
            props.push(() -> lab.bash("pkill -CONT --exact podman || true").ok());
        }

        private void await() throws IOException {
            assertThat(told.readLine()).isEqualTo("stopped");
        }
    }

    /// A job in a phase.
    ///
    /// @param others jobs that run so that it does not
    /// @param client that started it
    /// @param props what keeps it there
    record Scene(Job job, List<Job> others, Process client, Deque<Prop> props) implements AutoCloseable {
        /// Lets go on what stands still.
        void goOn() throws IOException {
            while (!props.isEmpty()) {
                props.pop().remove();
            }
        }

        /// How the client ended.
        int status() throws InterruptedException {
            assertThat(client.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return client.exitValue();
        }

        /// The last line of what the client said.
        String lastWords() {
            return client.errorReader().lines().reduce("", (_, line) -> line);
        }

        @Override
        public void close() throws IOException {
            goOn();
        }
    }
}
