package org.opensuse.containersnap.podman;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.opensuse.containersnap.lab.CraftedImage.layer;
import static org.opensuse.containersnap.lab.CraftedImage.layerOfManyFiles;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.archive.ArchiveFiles;
import org.opensuse.containersnap.btrfs.BtrfsSubvolumes;
import org.opensuse.containersnap.engine.Archives.OpenArchive;
import org.opensuse.containersnap.engine.TransferListener.Phase;
import org.opensuse.containersnap.lab.CraftedImage;
import org.opensuse.containersnap.lab.LoopBtrfs;
import org.opensuse.containersnap.lab.Registry;
import org.opensuse.containersnap.lab.Tool;
import org.opensuse.containersnap.podman.PodmanSettings.Limits;
import org.opensuse.containersnap.snapshot.ArchiveSource;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;
import org.opensuse.containersnap.snapshot.User;
import org.opensuse.containersnap.step.StepWatch;

/// A podman that dies, hangs, answers nonsense or is too old is found out, started again once, and told; what
/// it left is gone, and the next one works. What can't be had of the real one comes from a stand-in.
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class MisbehavingPodmanIT {
    private static final Path PODMAN = Path.of("/usr/bin/podman");
    private static final int KILOBYTE = 1 << 10;
    private static final int MEGABYTE = 1 << 20;
    private static final int ALWAYS = 1000;

    /// Of a layer that takes long enough to unpack for a signal to hit podman in the middle of it.
    private static final int FILES = 8000;

    /// A real podman answers in less, also on a machine that has much else to do.
    private static final Limits PATIENT = limits(Duration.ofSeconds(15), Duration.ofMinutes(10));

    private static final Limits IMPATIENT = limits(Duration.ofSeconds(15), Duration.ofSeconds(2));

    @RegisterExtension
    static final Registry registry = new Registry();

    @RegisterExtension
    final LoopBtrfs btrfs = new LoopBtrfs();

    @TempDir
    Path directory;

    private final Set<ImageId> taken = ConcurrentHashMap.newKeySet();

    private final CraftedImage image = CraftedImage.of(layer("a", KILOBYTE), layer("b", MEGABYTE));
    private ImageReference reference;
    private Path archive;

    private static Limits limits(Duration toStart, Duration silent) {
        return new Limits(toStart, Duration.ofMillis(500), Duration.ofSeconds(3), silent, Duration.ofSeconds(10));
    }

    @BeforeEach
    void prepare() throws Exception {
        registry.behave();
        reference = ImageReference.parse(registry.push("os", "1", image));
        archive = Files.write(directory.resolve("image.tar"), image.ociArchive());
        try (InputStream standIn = Objects.requireNonNull(MisbehavingPodmanIT.class.getResourceAsStream("stand-in"))) {
            Files.copy(standIn, standIn(), StandardCopyOption.REPLACE_EXISTING);
        }
        assertThat(standIn().toFile().setExecutable(true)).isTrue();
    }

    @AfterEach
    void nothingRuns() throws IOException {
        assertThat(processes()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "exits               | podman exited with 3: no luck today; it was tried twice",
                "chatters            | podman does not answer 2 s after its start; it was tried twice",
                "no-answer           | podman does not answer 2 s after its start; it was tried twice",
                "endless-head        | podman does not answer 2 s after its start: Maximum line length limit exceeded;"
                        + " it was tried twice",
                "ping 500            | podman can't be used: it answered with HTTP status 500 after its start; it was"
                        + " tried twice",
                "ping 302            | podman can't be used: it answered with HTTP status 302 after its start; it was"
                        + " tried twice",
            })
    void aPodmanThatDoesNotComeToAnswerIsToldOf(String behaviour, String words) throws Exception {
        misbehave(behaviour, ALWAYS);

        try (PodmanImageStore store = store(standIn(), limits(Duration.ofSeconds(2), Duration.ofMinutes(10)))) {
            assertFails(() -> store.pull(reference, new ProgressLog(), taken::addAll), words);
        }

        assertNothingLeft();
        assertTheRealOneWorks();
    }

    @ParameterizedTest
    @ValueSource(strings = {"exits", "ping 500"})
    void aPodmanThatStartsTheSecondTimeIsTaken(String behaviour) throws Exception {
        misbehave(behaviour, 1);

        try (PodmanImageStore store = store(standIn(), PATIENT)) {
            assertThat(store.pull(reference, new ProgressLog(), taken::addAll)).isEqualTo(image.id());
        }

        assertThat(starts()).isEqualTo(2);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "version 4.2.1     | is podman 4.2.1: podman 4.3 or newer is needed; update it",
                "version x<b>      | is of an unknown version ('x<b>'): podman 4.3 or newer is needed",
                "version none      | is of an unknown version (''): podman 4.3 or newer is needed",
            })
    void aPodmanThatIsTooOldIsRefusedBeforeItDoesAnything(String behaviour, String words) throws Exception {
        misbehave(behaviour, ALWAYS);

        try (PodmanImageStore store = store(standIn(), PATIENT)) {
            assertFails(() -> store.pull(reference, new ProgressLog(), taken::addAll), standIn() + " " + words);
        }

        assertThat(starts()).isEqualTo(1);
        assertNothingLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"version 4.9.4-rhel", "version 12.1"})
    void aNewerPodmanIsTaken(String behaviour) throws Exception {
        // It has no other behaviour, so it dies when it is asked for more.
        misbehave(behaviour, ALWAYS);

        try (PodmanImageStore store = store(standIn(), PATIENT)) {
            assertFails(
                    () -> store.pull(reference, new ProgressLog(), taken::addAll),
                    "podman failed to pull " + reference);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "dies                   | it was killed by signal 9; its last words: fatal error: out of luck",
                "dies-in-the-middle     | it was killed by signal 9",
                "hangs                  | it hangs: it neither does nor answers anything",
                "silent                 | it had nothing to show for 2 s",
                "status 500             | it answered with HTTP status 500 and nothing else",
                "status 302             | it answered with HTTP status 302 and nothing else",
                "says <html>nginx</html>| it answered with <html>nginx</html>",
                "says {\"status\":      | it answered with {\"status\":",
                "says []                | it answered with an image that is not there",
                "says {\"id\":\"zzz\"}  | it answered with an image that is not there",
                "endless-line           | it answered with a line of more than 1048576 characters",
                "truncated              | Truncated chunk (expected size: 64; actual size: 16)",
                "no-chunk               | Bad chunk header: zz",
                "no-http                | The target server failed to respond",
            })
    void aPullThatPodmanDoesNotDoIsTriedTwiceAndUndone(String behaviour, String words) throws Exception {
        misbehave(behaviour, ALWAYS);

        try (PodmanImageStore store = store(standIn(), IMPATIENT)) {
            assertFails(
                    () -> store.pull(reference, new ProgressLog(), taken::addAll),
                    "podman failed to pull " + reference,
                    words,
                    "; it was tried twice");
        }

        assertThat(starts()).isEqualTo(2);
        assertNothingLeft();
        assertTheRealOneWorks();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "dies                         | it was killed by signal 9; its last words: fatal error: out of luck",
                "hangs                        | it hangs: it neither does nor answers anything",
                "status 500                   | it answered with HTTP status 500 and ''",
                "says <html>nginx</html>      | it answered with <html>nginx</html>",
                "says {\"Names\":[]}          | it answered with no image",
                "says {\"Names\":[\"sha256:zz\"]}| it answered with an image that is not there: sha256:zz",
            })
    void aLoadThatPodmanDoesNotDoIsTriedTwiceAndUndone(String behaviour, String words) throws Exception {
        misbehave(behaviour, ALWAYS);

        try (PodmanImageStore store = store(standIn(), IMPATIENT);
                OpenArchive open = open()) {
            assertFails(
                    () -> store.load(open, new ProgressLog(), taken::addAll),
                    "podman failed to load oci-archive:" + archive,
                    words,
                    "; it was tried twice");
        }

        assertThat(starts()).isEqualTo(2);
        assertNothingLeft();
        assertTheRealOneWorks();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "dies                         | it was killed by signal 9; its last words: fatal error: out of luck",
                "hangs                        | it hangs: it neither does nor answers anything",
                "status 500                   | it answered with HTTP status 500 and ''",
                "says <html>nginx</html>      | it answered with <html>nginx</html>",
            })
    void aRemovalThatPodmanDoesNotDoIsTriedTwice(String behaviour, String words) throws Exception {
        try (PodmanImageStore store = store(PODMAN, PATIENT)) {
            store.pull(reference, new ProgressLog(), taken::addAll);
        }
        misbehave(behaviour, ALWAYS);

        try (PodmanImageStore store = store(standIn(), IMPATIENT)) {
            assertFails(() -> store.remove(image.id()), words);
            assertThat(store.find(image.id()).orElseThrow().names()).containsExactly(reference.name());
        }

        assertThat(starts()).isEqualTo(2);
        try (PodmanImageStore store = store(PODMAN, PATIENT)) {
            store.remove(image.id());
        }
        assertNothingLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"dies", "hangs", "status 500", "says <html>"})
    void whatTheFirstPodmanDoesNotDoTheSecondDoes(String behaviour) throws Exception {
        try (PodmanImageStore store = store(standIn(), PATIENT);
                OpenArchive open = open()) {
            misbehave(behaviour, 1);
            ProgressLog log = new ProgressLog();
            assertThat(store.pull(reference, log, taken::addAll)).isEqualTo(image.id());
            log.assertNeverFalls();
            assertThat(starts()).isEqualTo(2);

            misbehave(behaviour, 1);
            store.remove(image.id());
            assertThat(starts()).isEqualTo(2);
            assertNothingLeft();

            misbehave(behaviour, 1);
            log = new ProgressLog();
            assertThat(store.load(open, log, taken::addAll)).containsExactly(image.id());
            log.assertNeverFalls();
            assertThat(starts()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @CsvSource({"KILL, DOWNLOADING", "KILL, STORING", "STOP, DOWNLOADING", "STOP, STORING"})
    void aPullGoesOnWithAnotherPodman(String signal, Phase phase) throws Exception {
        CraftedImage many = CraftedImage.of(layer("a", KILOBYTE), layerOfManyFiles("many", FILES, KILOBYTE));
        ImageReference big = ImageReference.parse(registry.push("os", "many", many));
        // Slow enough for the first podman to be seen downloading.
        registry.slowDown(phase == Phase.DOWNLOADING ? 50_000 : 20_000_000);

        try (PodmanImageStore store = store(PODMAN, PATIENT)) {
            ProgressLog log = new ProgressLog(told -> told.phase() == phase && told.done() > 0);
            FutureTask<ImageId> pull = start(() -> store.pull(big, log, taken::addAll));
            log.await();
            registry.behave();
            Tool.run("kill", "-" + signal, Long.toString(podman().pid()));

            assertThat(pull.get()).isEqualTo(many.id());
            log.assertNeverFalls();
            assertThat(subvolumes()).isEqualTo(2);
            store.remove(many.id());
        }
        assertNothingLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"KILL", "STOP"})
    void aLoadGoesOnWithAnotherPodman(String signal) throws Exception {
        CraftedImage many = CraftedImage.of(layer("a", KILOBYTE), layerOfManyFiles("many", FILES, KILOBYTE));
        Files.write(archive, many.ociArchive());

        try (PodmanImageStore store = store(PODMAN, PATIENT);
                OpenArchive open = open()) {
            ProgressLog log = new ProgressLog(told -> told.phase() == Phase.STORING);
            FutureTask<List<ImageId>> load = start(() -> store.load(open, log, taken::addAll));
            log.await();
            Tool.run("kill", "-" + signal, Long.toString(podman().pid()));

            assertThat(load.get()).containsExactly(many.id());
            assertThat(subvolumes()).isEqualTo(2);
            store.remove(many.id());
        }
        assertNothingLeft();
    }

    /// The signal hits podman at a random moment, on some machines before or after all is done.
    @ParameterizedTest
    @ValueSource(strings = {"KILL", "STOP"})
    void aRemovalGoesOnWithAnotherPodman(String signal) throws Exception {
        CraftedImage many = CraftedImage.of(
                layer("a", KILOBYTE), layerOfManyFiles("many", FILES, KILOBYTE), layer("top", KILOBYTE));
        ImageReference big = ImageReference.parse(registry.push("os", "many", many));
        try (PodmanImageStore store = store(PODMAN, PATIENT)) {
            store.pull(big, new ProgressLog(), taken::addAll);
            FutureTask<Boolean> removal = start(() -> {
                store.remove(many.id());
                return true;
            });
            Path names = graphRoot().resolve("btrfs-images/images.json");
            while (Files.readString(names).contains(big.name())) {
                Thread.onSpinWait();
            }
            for (ProcessHandle podman : podmans()) {
                new ProcessBuilder("kill", "-" + signal, Long.toString(podman.pid()))
                        .start()
                        .waitFor();
            }

            assertThat(removal.get()).isTrue();
            assertThat(store.images()).isEmpty();
        }
        assertNothingLeft();
    }

    /// Who cancels is answered within 2 s.
    @Test
    void aPodmanThatIgnoresThatItShallEndIsKilledInTime() throws Exception {
        misbehave("deaf", ALWAYS);
        try (PodmanImageStore store = store(standIn(), PATIENT)) {
            ProgressLog log = new ProgressLog(told -> told.phase() == Phase.DOWNLOADING);
            FutureTask<ImageId> pull = new FutureTask<>(() -> store.pull(reference, log, taken::addAll));
            Thread puller = Thread.ofPlatform().start(pull);
            log.await();

            Instant begin = Instant.now();
            puller.interrupt();
            puller.join();

            assertThat(Duration.between(begin, Instant.now())).isLessThan(Duration.ofSeconds(2));
            assertThatThrownBy(pull::get).hasCauseInstanceOf(InterruptedException.class);
        }
        assertNothingLeft();
    }

    /// podman holds the lock of the layers as long as it unpacks one, and another one waits for it before it
    /// answers.
    @Test
    void aPodmanThatWaitsForAnotherIsNotTakenForOneThatHangs() throws Exception {
        Files.createDirectories(graphRoot().resolve("btrfs-layers"));
        Process holder = new ProcessBuilder(
                        "/usr/bin/python3",
                        "-c",
                        "import fcntl, sys\nf = open(sys.argv[1], 'w')\nfcntl.lockf(f, fcntl.LOCK_EX)\n"
                                + "print('held', flush=True)\nsys.stdin.read()",
                        graphRoot().resolve("btrfs-layers/layers.lock").toString())
                .start();
        assertThat(holder.inputReader().readLine()).isEqualTo("held");

        Limits limits = limits(Duration.ofSeconds(2), Duration.ofMinutes(10));
        try (PodmanImageStore store = store(PODMAN, limits)) {
            FutureTask<ImageId> pull = start(() -> store.pull(reference, new ProgressLog(), taken::addAll));
            StoreLocks locks = new StoreLocks(graphRoot());
            while (!podmanRuns() || !locks.keepWaiting(podman().pid())) {
                assertThat(pull).isNotDone();
                Thread.onSpinWait();
            }
            long first = podman().pid();
            assertThatThrownBy(() -> pull.get(2 * limits.toStart().toMillis(), TimeUnit.MILLISECONDS))
                    .isInstanceOf(TimeoutException.class);
            assertThat(podman().pid()).isEqualTo(first);
            holder.destroy();

            assertThat(pull.get()).isEqualTo(image.id());
        }
    }

    @Test
    void aPodmanThatUnpacksWaitsForNobodyButOthersWaitForIt() throws Exception {
        CraftedImage many = CraftedImage.of(layerOfManyFiles("many", FILES, KILOBYTE));
        ImageReference big = ImageReference.parse(registry.push("os", "many", many));
        StoreLocks locks = new StoreLocks(graphRoot());

        try (PodmanImageStore store = store(PODMAN, PATIENT)) {
            FutureTask<ImageId> pull = start(() -> store.pull(big, new ProgressLog(), taken::addAll));
            long self = ProcessHandle.current().pid();
            while (!locks.keepWaiting(self)) {
                assertThat(pull).isNotDone();
                Thread.onSpinWait();
            }
            assertThat(locks.keepWaiting(podman().pid())).isFalse();
            pull.get();
        }
        assertThat(locks.keepWaiting(ProcessHandle.current().pid())).isFalse();
    }

    private static <T> FutureTask<T> start(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread.ofVirtual().start(task);
        return task;
    }

    private static void assertFails(ThrowingCallable work, String... words) {
        assertThatThrownBy(work)
                .isInstanceOf(StorageFailed.class)
                .message()
                .contains(words)
                .doesNotContain("\n")
                .hasSizeLessThan(800);
    }

    private void assertTheRealOneWorks() throws Failure, InterruptedException {
        try (PodmanImageStore store = store(PODMAN, PATIENT)) {
            assertThat(store.pull(reference, new ProgressLog(), taken::addAll)).isEqualTo(image.id());
        }
    }

    /// No image, layer, temporary file, socket or process.
    private void assertNothingLeft() throws IOException {
        assertThat(subvolumes()).isZero();
        assertThat(json("btrfs-images/images.json")).isEqualTo("[]");
        assertThat(json("btrfs-layers/layers.json")).isEqualTo("[]");
        assertThat(state().resolve("tmp")).isEmptyDirectory();
        assertThat(run().resolve("podman")).isDirectoryNotContaining("glob:**.sock");
        assertThat(processes()).isEmpty();
    }

    /// The command lines of the processes that have to do with this test's directories.
    private List<String> processes() throws IOException {
        return processes(run().toString()).map(MisbehavingPodmanIT::commandLine).toList();
    }

    /// Directories in /proc.
    private static Stream<Path> processes(String commandLine) throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            return all
                    .filter(path -> path.getFileName().toString().matches("\\d+"))
                    .filter(path -> commandLine(path).contains(commandLine))
                    .toList()
                    .stream();
        }
    }

    private static String commandLine(Path process) {
        try {
            return Files.readString(process.resolve("cmdline")).replace('\0', ' ');
        } catch (IOException _) {
            return "";
        }
    }

    private boolean podmanRuns() throws IOException {
        return !podmans().isEmpty();
    }

    /// The podman that runs now.
    private ProcessHandle podman() throws IOException {
        return podmans().getFirst();
    }

    private List<ProcessHandle> podmans() throws IOException {
        String sockets = "unix://" + run().resolve("podman");
        return processes(sockets)
                .map(process -> Long.parseLong(process.getFileName().toString()))
                .flatMap(pid -> ProcessHandle.of(pid).stream())
                .toList();
    }

    private int subvolumes() throws IOException {
        Path all = graphRoot().resolve("btrfs/subvolumes");
        if (!Files.exists(all)) {
            return 0; // there was no layer yet
        }
        try (Stream<Path> subvolumes = Files.list(all)) {
            return (int) subvolumes.count();
        }
    }

    private String json(String file) throws IOException {
        Path path = graphRoot().resolve(file);
        return Files.exists(path) ? Files.readString(path).strip() : "[]";
    }

    private void misbehave(String behaviour, int times) throws IOException {
        Files.writeString(directory.resolve("behaviour"), behaviour);
        Files.writeString(directory.resolve("times"), Integer.toString(times));
        Files.deleteIfExists(directory.resolve("starts"));
    }

    private int starts() throws IOException {
        return Files.readAllLines(directory.resolve("starts")).size();
    }

    private Path standIn() {
        return directory.resolve("stand-in");
    }

    private OpenArchive open() throws Failure {
        return new ArchiveFiles().open(ArchiveSource.parse("oci-archive:" + archive), new User(0, List.of()));
    }

    private PodmanImageStore store(Path program, Limits limits) {
        Map<String, String> environment =
                Map.of("CONTAINERS_REGISTRIES_CONF", registry.registriesConf().toString());
        PodmanSettings settings =
                new PodmanSettings(program, state(), run(), Duration.ofSeconds(60), environment, limits);
        BtrfsSubvolumes subvolumes = new BtrfsSubvolumes(btrfs.path());
        return new PodmanImageStore(
                new PodmanService(settings), subvolumes, subvolumes.volume(), taken::contains, StepWatch.NONE);
    }

    private Path state() {
        return btrfs.path().resolve("state");
    }

    private Path graphRoot() {
        return state().resolve("snapshots");
    }

    private Path run() {
        return directory.resolve("run");
    }
}
