package org.opensuse.containersnap.podman;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.opensuse.containersnap.lab.CraftedImage.layer;
import static org.opensuse.containersnap.lab.CraftedImage.layerOfManyFiles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensuse.containersnap.archive.ArchiveFiles;
import org.opensuse.containersnap.btrfs.BtrfsSubvolumes;
import org.opensuse.containersnap.engine.Archives.OpenArchive;
import org.opensuse.containersnap.engine.ImageStore.TopLayer;
import org.opensuse.containersnap.engine.TransferListener.Phase;
import org.opensuse.containersnap.lab.CraftedImage;
import org.opensuse.containersnap.lab.CraftedImage.Layer;
import org.opensuse.containersnap.lab.LoopBtrfs;
import org.opensuse.containersnap.lab.Registry;
import org.opensuse.containersnap.lab.Tool;
import org.opensuse.containersnap.podman.Workspace.Before;
import org.opensuse.containersnap.snapshot.ArchiveSource;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.ImageInUse;
import org.opensuse.containersnap.snapshot.Failure.LoadFailed;
import org.opensuse.containersnap.snapshot.Failure.NoSuchImage;
import org.opensuse.containersnap.snapshot.Failure.PullFailed;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.Image;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;
import org.opensuse.containersnap.snapshot.User;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;

/// The store over the real podman, on a real btrfs, with a real registry.
@Timeout(120)
class PodmanImageStoreIT {
    private static final int KILOBYTE = 1 << 10;
    private static final int MEGABYTE = 1 << 20;
    private static final Path PODMAN = Path.of("/usr/bin/podman");

    @RegisterExtension
    static final Registry registry = new Registry();

    @RegisterExtension
    final LoopBtrfs btrfs = new LoopBtrfs();

    /// The images whose roots would be there.
    private final Set<ImageId> taken = ConcurrentHashMap.newKeySet();

    @TempDir
    Path directory;

    private PodmanImageStore store;

    @BeforeEach
    void open() {
        registry.behave();
        store = store(PODMAN, state());
    }

    @AfterEach
    void close() throws IOException {
        store.close();
        assertThat(run().resolve("podman"))
                .satisfiesAnyOf(
                        sockets -> assertThat(sockets).doesNotExist(),
                        sockets -> assertThat(sockets).isDirectoryNotContaining("glob:**.{sock,pid}"));
    }

    @Test
    void anEmptyStoreIsListedWithoutPodman() throws Failure {
        PodmanImageStore unstartable = store(Path.of("/nonexistent/podman"), state());

        assertThat(unstartable.images()).isEmpty();
        assertThat(unstartable.topLayers()).isEmpty();
        assertThat(unstartable.topLayer(new ImageId("0".repeat(64)))).isEmpty();
    }

    @Test
    void podmanThatIsNotInstalledIsNamed() {
        PodmanImageStore unstartable = store(Path.of("/nonexistent/podman"), state());

        assertThatThrownBy(() -> unstartable.pull(reference("os", "1"), new ProgressLog(), taken::addAll))
                .isInstanceOf(StorageFailed.class)
                .hasMessage("podman is not installed: there is no /nonexistent/podman");
    }

    @Test
    void anotherFileSystemIsNamed() {
        PodmanImageStore elsewhere = store(PODMAN, directory.resolve("state"));

        assertThatThrownBy(() -> elsewhere.pull(reference("os", "1"), new ProgressLog(), taken::addAll))
                .isInstanceOf(StorageFailed.class)
                .hasMessageContaining("podman exited with 125")
                .hasMessageContaining("is not on a btrfs filesystem");
    }

    @Test
    void aPulledImageIsListedWithWhatItsConfigurationSays() throws Exception {
        CraftedImage crafted =
                CraftedImage.of(layer("a", MEGABYTE), layer("b", KILOBYTE)).label("os", "test");
        ImageReference reference = push("os", "1", crafted);

        ImageId id = store.pull(reference, new ProgressLog(), taken::addAll);

        assertThat(id).isEqualTo(crafted.id());
        Image image = store.find(id).orElseThrow();
        assertThat(image.names()).containsExactly(reference.name());
        assertThat(image.digest()).isEqualTo("sha256:" + CraftedImage.sha256(crafted.manifest()));
        assertThat(image.created()).contains(Instant.parse(CraftedImage.CREATED));
        assertThat(image.sizeBytes())
                .isEqualTo(crafted.layers().stream()
                        .mapToLong(layer -> layer.tar().length)
                        .sum());
        assertThat(image.labels()).containsExactly(Map.entry("os", "test"));
        Path top = store.topLayer(id).orElseThrow();
        assertThat(top.resolve("usr/a")).hasSize(MEGABYTE);
        assertThat(top.resolve("usr/b")).hasSize(KILOBYTE);
        assertNothingElse();
    }

    @Test
    void imagesAreListedInTheOrderTheyCame() throws Exception {
        List<ImageId> ids = List.of(pull("c"), pull("a"), pull("b"));

        assertThat(store.images()).extracting(Image::id).containsExactlyElementsOf(ids);
        assertThat(store.topLayers()).extracting(TopLayer::image).containsExactlyElementsOf(ids);
    }

    @ParameterizedTest
    @CsvSource({"3, 1000000", "9, 200000"})
    void aPullTellsAllItsBytesFromTheBeginning(int layers, int size) throws Exception {
        CraftedImage crafted = CraftedImage.of(Stream.iterate(0, i -> i < layers, i -> i + 1)
                .map(i -> layer("l" + i, size))
                .toArray(Layer[]::new));
        ImageReference reference = push("os", "many", crafted);
        registry.slowDown(600_000);
        ProgressLog log = new ProgressLog();

        store.pull(reference, log, taken::addAll);

        log.assertNeverFalls();
        assertThat(log.phases()).containsExactly(Phase.CONNECTING, Phase.DOWNLOADING, Phase.STORING);
        assertThat(log.told())
                .filteredOn(told -> told.phase() == Phase.DOWNLOADING)
                .hasSizeGreaterThan(2)
                .last()
                .satisfies(told -> assertThat(told.total()).hasValue(crafted.blobBytes()));
        assertThat(log.last().done()).isEqualTo(crafted.blobBytes());
        assertThat(log.last().total()).hasValue(crafted.blobBytes());
    }

    @Test
    void layersThatAreThereAreNotCounted() throws Exception {
        Layer shared = layer("shared", MEGABYTE);
        CraftedImage derived = CraftedImage.of(shared, layer("new", MEGABYTE));
        store.pull(push("os", "base", CraftedImage.of(shared)), new ProgressLog(), taken::addAll);
        registry.slowDown(800_000);
        ProgressLog log = new ProgressLog();

        store.pull(push("os", "derived", derived), log, taken::addAll);

        assertThat(log.last().total()).hasValue(derived.blobs().getLast().length);
    }

    @Test
    void theImageForThisMachineIsTakenFromAList() throws Exception {
        CraftedImage crafted = CraftedImage.of(layer("a", MEGABYTE));
        CraftedImage foreign = CraftedImage.of(layer("b", MEGABYTE));
        ImageReference reference = parse(registry.pushList("os", "list", crafted, foreign));
        registry.slowDown(800_000);
        ProgressLog log = new ProgressLog();

        ImageId id = store.pull(reference, log, taken::addAll);

        assertThat(id).isEqualTo(crafted.id());
        assertThat(log.last().total()).hasValue(crafted.blobBytes());
    }

    @Test
    void pullingAgainChangesNothing() throws Exception {
        CraftedImage crafted = CraftedImage.of(layer("a", KILOBYTE));
        ImageReference reference = push("os", "1", crafted);
        ImageId id = store.pull(reference, new ProgressLog(), taken::addAll);
        ProgressLog log = new ProgressLog();

        assertThat(store.pull(reference, log, taken::addAll)).isEqualTo(id);

        assertThat(log.last().done()).isLessThan(crafted.blobBytes());
        assertThat(store.images()).hasSize(1);
    }

    @Test
    void anImageIsPulledByItsDigest() throws Exception {
        CraftedImage crafted = CraftedImage.of(layer("a", KILOBYTE));
        push("os", "1", crafted);
        ImageReference reference = parse(registry.host() + "/os@sha256:" + CraftedImage.sha256(crafted.manifest()));

        ImageId id = store.pull(reference, new ProgressLog(), taken::addAll);

        assertThat(store.find(id).orElseThrow().names()).containsExactly(reference.name());
    }

    @Test
    void anImageWithoutALayerHasNoTopLayer() throws Exception {
        ImageId id = store.pull(push("os", "none", CraftedImage.of()), new ProgressLog(), taken::addAll);

        assertThat(store.find(id)).isPresent();
        assertThat(store.topLayer(id)).isEmpty();
        assertThat(store.topLayers()).isEmpty();
    }

    @Test
    void imagesMayShareTheirTopLayer() throws Exception {
        CraftedImage one = CraftedImage.of(layer("a", KILOBYTE)).label("n", "1");
        CraftedImage two = CraftedImage.of(layer("a", KILOBYTE)).label("n", "2");
        ImageId first = store.pull(push("os", "one", one), new ProgressLog(), taken::addAll);
        ImageId second = store.pull(push("os", "two", two), new ProgressLog(), taken::addAll);

        assertThat(store.topLayer(first)).isPresent().isEqualTo(store.topLayer(second));
        assertThat(store.layersOnlyOf(first)).isEmpty();

        store.remove(second);

        assertThat(store.layersOnlyOf(first))
                .containsExactly(store.topLayer(first).orElseThrow());
        assertThat(store.topLayer(first).orElseThrow()).isDirectory();
    }

    @Test
    void anUnknownTagIsToldInOneLine() {
        assertThatThrownBy(() -> store.pull(reference("os", "nope"), new ProgressLog(), taken::addAll))
                .isInstanceOf(PullFailed.class)
                .hasMessage("can't pull docker://%s/os:nope: the registry has no such image or tag"
                        .formatted(registry.host()));
        assertNothingElse();
    }

    @Test
    void aRegistryThatIsNotThereIsToldInOneLine() {
        assertThatThrownBy(() -> store.pull(parse("127.0.0.1:1/os:1"), new ProgressLog(), taken::addAll))
                .isInstanceOf(PullFailed.class)
                .hasMessageEndingWith("the registry can't be reached (connection refused)");
    }

    @ParameterizedTest
    @CsvSource({"401, unauthorized", "403, denies access", "500, received unexpected HTTP status: 500"})
    void aRegistryThatRefusesIsToldInOneLine(int status, String words) throws Exception {
        ImageReference reference = push("os", "1", CraftedImage.of(layer("a", KILOBYTE)));
        registry.refuse(status);

        assertThatThrownBy(() -> store.pull(reference, new ProgressLog(), taken::addAll))
                .isInstanceOf(PullFailed.class)
                .hasMessageContaining(words);
    }

    @Test
    void aPullThatBreaksOffLeavesNothing() throws Exception {
        ImageReference reference =
                push("os", "1", CraftedImage.of(layer("a", KILOBYTE), layer("b", KILOBYTE), layer("c", MEGABYTE)));
        registry.breakOffAfter(MEGABYTE / 2);

        assertThatThrownBy(() -> store.pull(reference, new ProgressLog(), taken::addAll))
                .isInstanceOf(PullFailed.class)
                .hasMessageEndingWith("the registry broke off the connection (unexpected EOF)");

        assertEmptyStore();
    }

    @Test
    void cancellingADownloadLeavesNothing() throws Exception {
        ImageReference reference =
                push("os", "1", CraftedImage.of(layer("a", KILOBYTE), layer("b", KILOBYTE), layer("c", 4 * MEGABYTE)));
        registry.slowDown(500_000);
        ProgressLog log = new ProgressLog(told -> told.done() > MEGABYTE);

        Duration toCancel = cancel(reference, log);

        assertThat(toCancel).isLessThan(Duration.ofSeconds(3));
        assertEmptyStore();
    }

    @Test
    void cancellingWhilePodmanUnpacksLeavesNothing() throws Exception {
        ImageReference reference =
                push("os", "1", CraftedImage.of(layer("a", KILOBYTE), layerOfManyFiles("many", 40_000, KILOBYTE)));
        ProgressLog log = new ProgressLog(told -> told.phase() == Phase.STORING);

        Duration toCancel = cancel(reference, log);

        assertThat(toCancel).isLessThan(Duration.ofSeconds(5));
        assertEmptyStore();
    }

    @Test
    void cancellingOnePullSparesTheOther() throws Exception {
        Layer shared = layer("shared", MEGABYTE);
        CraftedImage kept = CraftedImage.of(shared, layer("kept", 3 * MEGABYTE));
        ImageReference keptReference = push("os", "kept", kept);
        ImageReference cancelled = push("os", "cancelled", CraftedImage.of(shared, layer("other", 8 * MEGABYTE)));
        registry.slowDown(1_500_000);
        FutureTask<ImageId> other = new FutureTask<>(() -> store.pull(keptReference, new ProgressLog(), taken::addAll));
        Thread.ofVirtual().start(other);

        cancel(cancelled, new ProgressLog(told -> told.done() > 2 * MEGABYTE));

        assertThat(other.get()).isEqualTo(kept.id());
        assertThat(store.images()).extracting(Image::id).containsExactly(kept.id());
        assertThat(subvolumes()).isEqualTo(2);
        assertNothingElse();
    }

    /// Another transfer may build on its layers, so it stays until that has ended. Nobody may take it for one that is
    /// there, or its layer for a root.
    @Test
    void whatABrokenPullLeftIsNotThereWhileAnotherPullKeepsItFromBeingRemoved() throws Exception {
        CraftedImage kept = CraftedImage.of(layer("kept", KILOBYTE));
        CraftedImage broken = CraftedImage.of(layer("broken", KILOBYTE));
        ImageReference keptReference = push("os", "kept", kept);
        ImageReference brokenReference = push("os", "broken", broken);

        store.pull(keptReference, new ProgressLog(), ids -> {
            taken.addAll(ids);
            assertBreaksOff(brokenReference, () -> {});
            assertThat(graphRoot().resolve("btrfs-images/images.json"))
                    .content()
                    .contains(broken.id().hex());
            assertThat(store.images()).extracting(Image::id).containsExactly(kept.id());
            assertThat(store.topLayers()).extracting(TopLayer::image).containsExactly(kept.id());
        });

        assertThat(json("btrfs-images/images.json")).doesNotContain(broken.id().hex());
        assertThat(subvolumes()).isEqualTo(1);
        assertNothingElse();
    }

    /// The pull found the image in the store, and yet it is what the pull brought.
    @Test
    void whatABrokenPullBroughtOnceMoreAfterADeletionIsRemoved() throws Exception {
        CraftedImage crafted = CraftedImage.of(layer("again", KILOBYTE));
        ImageReference reference = push("os", "again", crafted);
        store.pull(reference, new ProgressLog(), taken::addAll);

        assertBreaksOff(reference, () -> bringAgain(crafted, reference));

        assertEmptyStore();
    }

    @Test
    void anImageThatIsDeletedWhileAPullRunsAndThatSomebodyElseBringsAgainStays() throws Exception {
        CraftedImage other = CraftedImage.of(layer("other", KILOBYTE));
        ImageReference otherReference = push("os", "other", other);
        store.pull(otherReference, new ProgressLog(), taken::addAll);
        ImageReference reference = push("os", "pulled", CraftedImage.of(layer("pulled", KILOBYTE)));

        assertBreaksOff(reference, () -> bringAgain(other, otherReference));

        assertThat(store.images()).extracting(Image::id).containsExactly(other.id());
    }

    @Test
    void whatAKilledPullBroughtOnceMoreAfterADeletionIsRemoved() throws Exception {
        CraftedImage crafted = CraftedImage.of(layer("again", KILOBYTE));
        ImageReference reference = push("os", "again", crafted);
        podman("pull", reference.name());
        Workspace killed = Workspace.create(settings(PODMAN, state()));
        killed.note(Before.of(new StoreFiles(graphRoot()).index(), Optional.of(reference.name())));
        Workspace deletion = Workspace.create(settings(PODMAN, state()));
        StoreIndex index = new StoreFiles(graphRoot()).index();
        deletion.note(Before.without(index, index.find(crafted.id()).orElseThrow()));
        deletion.noteDeleted(Set.of(crafted.id()));
        PodmanImageStore next = store(PODMAN, state());

        next.recover();

        assertEmptyStore();
    }

    @Test
    void filesThatAKilledPodmanWasWritingAreRemoved() throws Exception {
        ImageId id = pull("there");
        List<Path> halves = List.of(
                graphRoot().resolve("btrfs-images/.tmp-images.json2457843986"),
                graphRoot().resolve("btrfs-images/" + id + "/.tmp-manifest1"),
                graphRoot().resolve("btrfs-layers/.tmp-layers.json12"));
        for (Path half : halves) {
            Files.writeString(half, "[{");
        }
        Path noFile = Files.createDirectories(graphRoot().resolve("btrfs-images/.tmp-mine/inside"));
        Workspace.create(settings(PODMAN, state()))
                .note(Before.of(new StoreFiles(graphRoot()).index(), Optional.empty()));
        PodmanImageStore next = store(PODMAN, state());

        next.recover();

        assertThat(halves).allSatisfy(half -> assertThat(half).doesNotExist());
        assertThat(noFile).exists();
        assertThat(next.images()).extracting(Image::id).containsExactly(id);
    }

    @Test
    void imagesAreListedWhileAPullRuns() throws Exception {
        ImageId id = pull("there");
        ImageReference reference = push("os", "slow", CraftedImage.of(layer("slow", 4 * MEGABYTE)));
        registry.slowDown(1_000_000);
        ProgressLog log = new ProgressLog(told -> told.done() > MEGABYTE);
        FutureTask<ImageId> pull = new FutureTask<>(() -> store.pull(reference, log, taken::addAll));
        Thread.ofVirtual().start(pull);
        log.await();

        assertThat(store.images()).extracting(Image::id).containsExactly(id);
        assertThat(pull).isNotDone();

        pull.get();
        assertThat(store.images()).hasSize(2);
    }

    @Test
    void whatAKilledDaemonLeftIsRemoved() throws Exception {
        ImageReference reference =
                push("os", "1", CraftedImage.of(layer("a", KILOBYTE), layerOfManyFiles("many", 40_000, KILOBYTE)));
        Process daemon = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledDaemon.class.getName(),
                        state().toString(),
                        run().toString(),
                        registry.registriesConf().toString(),
                        reference.toString())
                .inheritIO()
                .redirectOutput(ProcessBuilder.Redirect.PIPE)
                .start();
        assertThat(daemon.inputReader().readLine()).isEqualTo("STORING");
        daemon.destroyForcibly().onExit().join();
        ProcessHandle podman = podman();

        store.recover();

        assertThat(podman.isAlive()).isFalse();
        assertEmptyStore();
        assertThat(store.pull(reference, new ProgressLog(), taken::addAll)).isNotNull();
    }

    @Test
    void layersThatWereOfNoImageBeforeAreKept() throws Exception {
        Layer older = layer("older", KILOBYTE);
        ImageReference broken = push("os", "older", CraftedImage.of(older, layer("big", MEGABYTE)));
        ImageReference onTop =
                push("os", "newer", CraftedImage.of(older, layer("newer", KILOBYTE), layer("huge", MEGABYTE)));
        ImageReference own = push("os", "own", CraftedImage.of(layer("own", KILOBYTE), layer("large", MEGABYTE)));
        registry.breakOffAfter(MEGABYTE / 2);
        assertThatThrownBy(() -> podman("pull", broken.name())).isInstanceOf(IllegalStateException.class);
        assertThat(subvolumes()).isEqualTo(1);

        assertThatThrownBy(() -> store.pull(own, new ProgressLog(), taken::addAll))
                .isInstanceOf(PullFailed.class);
        assertThat(subvolumes()).isEqualTo(1);

        assertThatThrownBy(() -> store.pull(onTop, new ProgressLog(), taken::addAll))
                .isInstanceOf(PullFailed.class);
        assertThat(subvolumes()).isEqualTo(2);
        assertNothingElse();
    }

    @Test
    void anImagesRecordThatPodmanDidNotFinishIsRemoved() throws Exception {
        ImageId id = pull("there");
        Path imagesJson = graphRoot().resolve("btrfs-images/images.json");
        Workspace killed = Workspace.create(settings(PODMAN, state()));
        killed.note(Before.of(new StoreFiles(graphRoot()).index(), Optional.empty()));
        String records = Files.readString(imagesJson);
        Files.writeString(imagesJson, records.replaceFirst("]\\s*$", ",{\"id\":\"" + "ab".repeat(32) + "\"}]"));
        assertThat(store.images()).extracting(Image::id).containsExactly(id);
        PodmanImageStore next = store(PODMAN, state());

        next.recover();

        assertThat(Files.readString(imagesJson)).doesNotContain("ab".repeat(32));
        assertThat(next.images()).extracting(Image::id).containsExactly(id);
        assertNothingElse();
    }

    @Test
    void manyTransfersRunAtOnce() throws Exception {
        Layer shared = layer("shared", MEGABYTE);
        List<FutureTask<ImageId>> kept = new ArrayList<>();
        List<FutureTask<ImageId>> cancelled = new ArrayList<>();
        List<ImageId> expected = new ArrayList<>();
        registry.slowDown(4_000_000);
        for (int i = 0; i < 4; i++) {
            CraftedImage image = CraftedImage.of(shared, layer("kept" + i, MEGABYTE));
            expected.add(image.id());
            ImageReference reference = push("os", "kept" + i, image);
            kept.add(new FutureTask<>(() -> store.pull(reference, new ProgressLog(), taken::addAll)));
            ImageReference other =
                    push("os", "cancelled" + i, CraftedImage.of(shared, layer("cancelled" + i, 16 * MEGABYTE)));
            cancelled.add(new FutureTask<>(() -> {
                ProgressLog log = new ProgressLog(told -> told.done() > 2 * MEGABYTE);
                cancel(other, log);
                return image.id();
            }));
        }

        Stream.concat(kept.stream(), cancelled.stream()).forEach(Thread.ofVirtual()::start);
        for (FutureTask<ImageId> each : kept) {
            each.get();
        }
        for (FutureTask<ImageId> each : cancelled) {
            each.get();
        }

        assertThat(store.images()).extracting(Image::id).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(subvolumes()).isEqualTo(5);
        assertNothingElse();
    }

    @Test
    void anOciArchiveIsLoaded() throws Exception {
        CraftedImage crafted = CraftedImage.of(layer("a", MEGABYTE), layer("b", MEGABYTE));
        Path archive = file("image.tar", crafted.ociArchive());
        ProgressLog log = new ProgressLog();

        assertThat(store.load(open("oci-archive", archive), log, taken::addAll)).containsExactly(crafted.id());

        assertThat(store.find(crafted.id()).orElseThrow().names()).isEmpty();
        log.assertNeverFalls();
        assertThat(log.phases()).contains(Phase.STORING);
        assertThat(log.last().done()).isEqualTo(Files.size(archive));
        assertNothingElse();
    }

    @Test
    void allImagesOfADockerArchiveAreLoaded() throws Exception {
        CraftedImage one = CraftedImage.of(layer("a", KILOBYTE));
        CraftedImage two = CraftedImage.of(layer("a", KILOBYTE), layer("b", KILOBYTE));
        Map<String, CraftedImage> images = new LinkedHashMap<>();
        images.put("localhost/two:2", two);
        images.put("localhost/one:1", one);
        Path archive = file("images.tar", CraftedImage.dockerArchive(images));

        List<ImageId> ids = store.load(open("docker-archive", archive), new ProgressLog(), taken::addAll);

        assertThat(ids).containsExactly(two.id(), one.id());
        assertThat(store.find(one.id()).orElseThrow().names()).containsExactly("localhost/one:1");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "empty,      it is empty",
        "random,     it is neither an oci-archive nor a docker-archive",
        "short,      the archive is cut off (unexpected EOF)",
        "other tar,  it is neither an oci-archive nor a docker-archive",
        "cut oci,    the archive is cut off (unexpected EOF)",
        "cut docker, the archive is cut off (unexpected EOF)",
        "damaged,    the archive is damaged",
    })
    void aBadArchiveIsRefusedAndLeavesNothing(String kind, String words) throws Exception {
        Path archive = file("bad.tar", badArchive(kind));

        assertThatThrownBy(() -> store.load(open("oci-archive", archive), new ProgressLog(), taken::addAll))
                .isInstanceOf(LoadFailed.class)
                .hasMessage("can't load 'oci-archive:" + archive + "': " + words);

        assertEmptyStore();
    }

    private static byte[] badArchive(String kind) {
        CraftedImage image = CraftedImage.of(layer("a", KILOBYTE), layer("b", MEGABYTE));
        byte[] oci = image.ociArchive();
        byte[] docker = CraftedImage.dockerArchive(Map.of("localhost/a:1", image));
        return switch (kind) {
            case "empty" -> new byte[0];
            case "random" -> Arrays.copyOfRange(layer("x", MEGABYTE).tar(), 2 * KILOBYTE, MEGABYTE);
            case "short" -> new byte[] {'x'};
            case "other tar" -> layer("x", KILOBYTE).tar();
            case "cut oci" -> Arrays.copyOf(oci, oci.length / 2);
            case "cut docker" -> Arrays.copyOf(docker, docker.length / 2);
            case "damaged" -> {
                oci[oci.length / 2] ^= 1;
                yield oci;
            }
            default -> throw new IllegalArgumentException(kind);
        };
    }

    @Test
    void cancellingALoadLeavesNothing() throws Exception {
        Path archive = file(
                "image.tar",
                CraftedImage.of(layer("a", KILOBYTE), layerOfManyFiles("many", 40_000, KILOBYTE))
                        .ociArchive());
        ProgressLog log = new ProgressLog(told -> told.phase() == Phase.STORING);
        FutureTask<List<ImageId>> load =
                new FutureTask<>(() -> store.load(open("oci-archive", archive), log, taken::addAll));
        Thread loader = Thread.ofVirtual().start(load);
        log.await();
        loader.interrupt();

        assertThat(catchThrowable(load::get)).cause().isInstanceOf(InterruptedException.class);
        assertEmptyStore();
        assertThat(Path.of("/var/tmp")).isDirectoryNotContaining("glob:**/oci*");
    }

    @Test
    void aNameIsTakenAway() throws Exception {
        CraftedImage crafted = CraftedImage.of(layer("a", KILOBYTE));
        ImageReference one = push("os", "1", crafted);
        ImageReference two = push("os", "2", crafted);
        ImageReference digest = parse(registry.host() + "/os@sha256:" + CraftedImage.sha256(crafted.manifest()));
        for (ImageReference reference : List.of(one, two, digest)) {
            store.pull(reference, new ProgressLog(), taken::addAll);
        }

        store.untag(crafted.id(), digest.name());
        store.untag(crafted.id(), one.name());
        assertThat(store.find(crafted.id()).orElseThrow().names()).containsExactly(two.name());
        store.untag(crafted.id(), two.name());

        assertThat(store.find(crafted.id()).orElseThrow().names()).isEmpty();
        assertThatThrownBy(() -> store.untag(crafted.id(), two.name())).isInstanceOf(NoSuchImage.class);
    }

    @Test
    void anImageIsRemovedWithAllItsNames() throws Exception {
        CraftedImage crafted = CraftedImage.of(layer("a", KILOBYTE), layer("b", KILOBYTE));
        store.pull(push("os", "1", crafted), new ProgressLog(), taken::addAll);
        store.pull(push("os", "2", crafted), new ProgressLog(), taken::addAll);

        store.remove(crafted.id());

        assertEmptyStore();
        assertThatThrownBy(() -> store.remove(crafted.id())).isInstanceOf(NoSuchImage.class);
    }

    @Test
    void anImageOfAContainerIsNotRemoved() throws Exception {
        CraftedImage crafted = CraftedImage.of(layer("a", KILOBYTE));
        ImageReference one = push("os", "1", crafted);
        ImageReference two = push("os", "2", crafted);
        store.pull(one, new ProgressLog(), taken::addAll);
        store.pull(two, new ProgressLog(), taken::addAll);
        podman("create", "--network", "none", "--name", "user", crafted.id().hex(), "/bin/true");

        assertThatThrownBy(() -> store.remove(crafted.id()))
                .isInstanceOf(ImageInUse.class)
                .hasMessageContaining("user");

        assertThat(store.find(crafted.id()).orElseThrow().names()).containsExactlyInAnyOrder(one.name(), two.name());
        assertThat(podman("ps", "--all", "--format", "{{.Names}}")).contains("user");
    }

    /// Pulls, and fails when podman is done with it.
    ///
    /// @param meanwhile done before it fails
    private void assertBreaksOff(ImageReference reference, Steps.Action meanwhile) {
        assertThatThrownBy(() -> store.pull(reference, new ProgressLog(), _ -> {
                    meanwhile.run();
                    throw new StorageFailed("a test has it fail", null);
                }))
                .hasMessage("a test has it fail");
    }

    /// Deletes an image, and has podman bring it again.
    private void bringAgain(CraftedImage image, ImageReference reference) throws Failure, InterruptedException {
        taken.clear();
        store.remove(image.id());
        podman("pull", reference.name());
    }

    /// The time from the interrupt to the end of the pull.
    private Duration cancel(ImageReference reference, ProgressLog log) throws InterruptedException {
        FutureTask<ImageId> pull = new FutureTask<>(() -> store.pull(reference, log, taken::addAll));
        Thread thread = Thread.ofVirtual().start(pull);
        log.await();
        long start = System.nanoTime();
        thread.interrupt();
        Throwable thrown = catchThrowable(() -> pull.get(60, TimeUnit.SECONDS));
        Duration duration = Duration.ofNanos(System.nanoTime() - start);
        assertThat(thrown).cause().isInstanceOf(InterruptedException.class);
        return duration;
    }

    private void assertEmptyStore() throws IOException {
        assertThat(subvolumes()).isZero();
        assertThat(json("btrfs-images/images.json")).isEqualTo("[]");
        assertThat(json("btrfs-layers/layers.json")).isEqualTo("[]");
        assertNothingElse();
    }

    private void assertNothingElse() {
        Path scratch = state().resolve("tmp");
        if (Files.exists(scratch)) {
            assertThat(scratch).isEmptyDirectory();
        }
    }

    private int subvolumes() throws IOException {
        Path directory = graphRoot().resolve("btrfs/subvolumes");
        if (!Files.exists(directory)) {
            return 0; // there was no layer yet
        }
        try (Stream<Path> subvolumes = Files.list(directory)) {
            return (int) subvolumes.count();
        }
    }

    private String json(String file) throws IOException {
        Path path = graphRoot().resolve(file);
        return Files.exists(path) ? Files.readString(path).strip() : "[]";
    }

    private String podman(String... arguments) {
        String[] start = {
            "env",
            "CONTAINERS_REGISTRIES_CONF=" + registry.registriesConf(),
            PODMAN.toString(),
            "--root",
            graphRoot().toString(),
            "--runroot",
            run().resolve("storage").toString(),
            "--storage-driver",
            "btrfs"
        };
        return Tool.run(Stream.concat(Stream.of(start), Stream.of(arguments)).toArray(String[]::new));
    }

    /// The podman that runs now.
    private ProcessHandle podman() {
        String sockets = run().resolve("podman").toString();
        return ProcessHandle.allProcesses()
                .filter(process -> commandLine(process).contains("unix://" + sockets))
                .findFirst()
                .orElseThrow();
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
        } catch (IOException _) {
            return "";
        }
    }

    private ImageId pull(String tag) throws Failure, InterruptedException {
        return store.pull(push("os", tag, CraftedImage.of(layer(tag, KILOBYTE))), new ProgressLog(), taken::addAll);
    }

    private ImageReference push(String name, String tag, CraftedImage image) throws Failure {
        return parse(registry.push(name, tag, image));
    }

    private ImageReference reference(String name, String tag) throws Failure {
        return parse(registry.host() + "/" + name + ":" + tag);
    }

    private static ImageReference parse(String text) throws Failure {
        return ImageReference.parse(text);
    }

    private static OpenArchive open(String transport, Path file) throws Failure {
        return new ArchiveFiles().open(source(transport, file), new User(0, List.of()));
    }

    private static ArchiveSource source(String transport, Path file) throws Failure {
        return ArchiveSource.parse(transport + ":" + file);
    }

    private Path file(String name, byte[] content) throws IOException {
        return Files.write(directory.resolve(name), content);
    }

    private PodmanImageStore store(Path program, Path state) {
        return new PodmanImageStore(
                new PodmanService(settings(program, state)),
                new BtrfsSubvolumes(state),
                new BtrfsSubvolumes(btrfs.path()).volume(),
                taken::contains,
                StepWatch.NONE);
    }

    private PodmanSettings settings(Path program, Path state) {
        Map<String, String> environment =
                Map.of("CONTAINERS_REGISTRIES_CONF", registry.registriesConf().toString());
        return new PodmanSettings(program, state, run(), Duration.ofSeconds(60), environment);
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
