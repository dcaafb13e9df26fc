package org.opensuse.containersnap.podman;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.opensuse.containersnap.lab.CraftedImage.layer;
import static org.opensuse.containersnap.lab.CraftedImage.layerOfZeros;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.archive.ArchiveFiles;
import org.opensuse.containersnap.btrfs.BtrfsSubvolumes;
import org.opensuse.containersnap.engine.Archives.OpenArchive;
import org.opensuse.containersnap.engine.StoreVolume;
import org.opensuse.containersnap.lab.CraftedImage;
import org.opensuse.containersnap.lab.LoopBtrfs;
import org.opensuse.containersnap.lab.Registry;
import org.opensuse.containersnap.lab.Tool;
import org.opensuse.containersnap.snapshot.ArchiveSource;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;
import org.opensuse.containersnap.snapshot.User;
import org.opensuse.containersnap.step.StepWatch;

/// What does not fit is refused before anything is fetched or written, with both numbers; what fits is not; and
/// what did not fit after all is undone. On a real btrfs that is small.
@Timeout(120)
class SpaceIT {
    private static final int MEGABYTE = 1 << 20;

    @RegisterExtension
    static final Registry registry = new Registry();

    @RegisterExtension
    final LoopBtrfs btrfs = new LoopBtrfs(256);

    @TempDir
    Path directory;

    private final Set<ImageId> taken = ConcurrentHashMap.newKeySet();

    private StoreVolume volume;
    private PodmanImageStore store;

    @BeforeEach
    void open() throws IOException {
        registry.behave();
        Files.createDirectory(state());
        BtrfsSubvolumes subvolumes = new BtrfsSubvolumes(btrfs.path());
        volume = subvolumes.volume();
        store = new PodmanImageStore(
                new PodmanService(new PodmanSettings(
                        Path.of("/usr/bin/podman"),
                        state(),
                        directory.resolve("run"),
                        Duration.ofSeconds(60),
                        Map.of(
                                "CONTAINERS_REGISTRIES_CONF",
                                registry.registriesConf().toString()))),
                subvolumes,
                volume,
                taken::contains,
                StepWatch.NONE);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void aPullThatDoesNotFitIsRefusedBeforeALayerIsFetched() throws Exception {
        CraftedImage image = CraftedImage.of(layer("big", 40 * MEGABYTE));
        ImageReference reference = push("big", image);
        fill(80 * MEGABYTE);
        long free = free();

        NoSpace refusal =
                catchThrowableOfType(NoSpace.class, () -> store.pull(reference, new ProgressLog(), taken::addAll));

        assertThat(refusal.bytesNeeded()).hasValue(image.blobBytes() * 5 / 2);
        assertThat(refusal.bytesFree().orElseThrow()).isBetween(free - 4 * MEGABYTE, free + MEGABYTE);
        assertThat(refusal.line())
                .startsWith("no space left on the file system to pull " + reference + ": it needs at least 100.0 MiB, ")
                .matches(".* [0-9.]+ MiB were free; make room first, such as by deleting images or snapshots");
        assertThat(registry.blobsAsked()).isZero();
        assertNothingLeft();

        Files.delete(filler());
        assertThat(store.pull(reference, new ProgressLog(), taken::addAll)).isEqualTo(image.id());
    }

    @Test
    void onlyTheLayersThatLackCount() throws Exception {
        CraftedImage base = CraftedImage.of(layer("base", 40 * MEGABYTE));
        CraftedImage derived = CraftedImage.of(base.layers().getFirst(), layer("little", MEGABYTE));
        store.pull(push("base", base), new ProgressLog(), taken::addAll);
        fill(30 * MEGABYTE);

        assertThat(store.pull(push("derived", derived), new ProgressLog(), taken::addAll))
                .isEqualTo(derived.id());
    }

    @Test
    void theRoomOfADeletedImageIsThereAtOnce() throws Exception {
        long free = free();
        CraftedImage first = CraftedImage.of(layer("first", Math.toIntExact(free / 4)));
        CraftedImage second = CraftedImage.of(layer("second", Math.toIntExact(free * 36 / 100)));
        ImageReference reference = push("second", second);
        store.pull(push("first", first), new ProgressLog(), taken::addAll);
        assertThatThrownBy(() -> store.pull(reference, new ProgressLog(), taken::addAll))
                .isInstanceOf(NoSpace.class);

        store.remove(first.id());

        assertThat(store.pull(reference, new ProgressLog(), taken::addAll)).isEqualTo(second.id());
    }

    @Test
    void whereTheFileSystemCompressesMoreFits() throws Exception {
        int size = Math.toIntExact(free() * 43 / 100);
        CraftedImage image = CraftedImage.of(layer("big", size));
        ImageReference reference = push("big", image);
        assertThatThrownBy(() -> store.pull(reference, new ProgressLog(), taken::addAll))
                .isInstanceOf(NoSpace.class);

        Tool.run("mount", "-o", "remount,compress=zstd", btrfs.path().toString());

        assertThat(store.pull(reference, new ProgressLog(), taken::addAll)).isEqualTo(image.id());
    }

    @Test
    void aPullThatFillsTheFileSystemIsUndone() throws Exception {
        CraftedImage image = CraftedImage.of(layer("a", MEGABYTE), layerOfZeros("zeros", 100 * MEGABYTE));
        ImageReference reference = push("zeros", image);
        fill(40 * MEGABYTE);
        long free = free();

        NoSpace failure =
                catchThrowableOfType(NoSpace.class, () -> store.pull(reference, new ProgressLog(), taken::addAll));

        assertThat(registry.blobsAsked()).isPositive();
        assertThat(failure.bytesNeeded()).isEmpty();
        assertThat(failure.bytesFree().orElseThrow()).isBetween(free - 4 * MEGABYTE, free + MEGABYTE);
        assertThat(failure.line())
                .matches(
                        "no space left on the file system to pull " + reference
                                + ": [0-9.]+ MiB were free when it began; make room first, such as by deleting images or snapshots");
        assertNothingLeft();

        Files.delete(filler());
        assertThat(store.pull(reference, new ProgressLog(), taken::addAll)).isEqualTo(image.id());
    }

    @ParameterizedTest
    @ValueSource(strings = {"oci-archive", "docker-archive"})
    void aLoadThatDoesNotFitIsRefused(String transport) throws Exception {
        CraftedImage image = CraftedImage.of(layer("big", 30 * MEGABYTE));
        Path archive = archive(transport, image);
        fill(60 * MEGABYTE);

        NoSpace refusal = catchThrowableOfType(NoSpace.class, () -> load(transport, archive));

        assertThat(refusal.bytesNeeded().orElseThrow())
                .isBetween(
                        Files.size(archive) * (transport.startsWith("oci") ? 44 : 28) / 10,
                        Files.size(archive) * (transport.startsWith("oci") ? 46 : 30) / 10);
        assertThat(refusal.line())
                .startsWith("no space left on the file system to load " + transport + ":" + archive)
                .contains("it needs at least", "were free");
        assertNothingLeft();

        Files.delete(filler());
        assertThat(load(transport, archive)).containsExactly(image.id());
    }

    @ParameterizedTest
    @ValueSource(ints = {20, 70, 150})
    void aLoadThatFillsTheFileSystemIsUndone(int megabytes) throws Exception {
        // Of an archive that is compressed as a whole nothing is known; on disk it is as large as what is in it.
        CraftedImage image = CraftedImage.of(layer("a", MEGABYTE), layer("big", megabytes * MEGABYTE));
        Path archive = Files.write(directory.resolve("archive.tar"), image.ociArchive());
        Tool.run("gzip", "-1", archive.toString());
        Path compressed = directory.resolve("archive.tar.gz");
        fill(megabytes * MEGABYTE + 10 * MEGABYTE);

        NoSpace failure = catchThrowableOfType(NoSpace.class, () -> load("oci-archive", compressed));

        assertThat(failure.bytesFree()).isPresent();
        assertNothingLeft();
    }

    private List<ImageId> load(String transport, Path archive) throws Failure, InterruptedException, IOException {
        try (OpenArchive open =
                new ArchiveFiles().open(ArchiveSource.parse(transport + ":" + archive), new User(0, List.of()))) {
            return store.load(open, new ProgressLog(), taken::addAll);
        }
    }

    private Path archive(String transport, CraftedImage image) throws IOException {
        byte[] content = transport.equals("oci-archive")
                ? image.ociArchive()
                : CraftedImage.dockerArchive(Map.of("localhost/a:1", image));
        return Files.write(directory.resolve("image.tar"), content);
    }

    /// Leaves only so much room.
    private void fill(long free) throws IOException, Failure {
        Tool.run("fallocate", "--length", Long.toString(free() - free), filler().toString());
        Tool.run("btrfs", "filesystem", "sync", btrfs.path().toString());
    }

    private Path filler() {
        return btrfs.path().resolve("filler");
    }

    private long free() throws Failure {
        return volume.free(state()).bytes();
    }

    private void assertNothingLeft() throws IOException, Failure {
        assertThat(store.images()).isEmpty();
        assertThat(state().resolve("tmp")).isEmptyDirectory();
        Path subvolumes = state().resolve("snapshots/btrfs/subvolumes");
        if (Files.exists(subvolumes)) {
            try (Stream<Path> layers = Files.list(subvolumes)) {
                assertThat(layers).isEmpty();
            }
        }
    }

    private ImageReference push(String tag, CraftedImage image) throws Failure {
        return ImageReference.parse(registry.push("os", tag, image));
    }

    private Path state() {
        return btrfs.path().resolve("state");
    }
}
