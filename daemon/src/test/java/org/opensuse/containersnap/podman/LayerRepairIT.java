package org.opensuse.containersnap.podman;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.opensuse.containersnap.lab.CraftedImage.layer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.btrfs.BtrfsSubvolumes;
import org.opensuse.containersnap.lab.CraftedImage;
import org.opensuse.containersnap.lab.LoopBtrfs;
import org.opensuse.containersnap.lab.Registry;
import org.opensuse.containersnap.lab.Tool;
import org.opensuse.containersnap.podman.Workspace.Before;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.PullFailed;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.Image;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;
import org.opensuse.containersnap.step.StepWatch;

/// What a loss of power leaves of podman's layers, made by hand: podman's records of them are durable before the
/// subvolumes are there or gone. And what a removal of an image leaves at a bad moment.
@Timeout(120)
class LayerRepairIT {
    private static final int KILOBYTE = 1 << 10;
    private static final int MEGABYTE = 1 << 20;
    private static final Before NOTHING = new Before(Set.of(), Set.of(), Optional.empty());

    @RegisterExtension
    static final Registry registry = new Registry();

    @RegisterExtension
    final LoopBtrfs btrfs = new LoopBtrfs();

    @TempDir
    Path directory;

    private final CraftedImage image = CraftedImage.of(layer("lower", KILOBYTE), layer("upper", KILOBYTE));
    private final Set<ImageId> taken = new HashSet<>();

    /// What happens at a step of an operation, once.
    private final Map<String, Disturbance> atStep = new HashMap<>();

    private PodmanImageStore store;
    private ImageReference reference;

    private interface Disturbance {
        void happen() throws Failure, InterruptedException, IOException;
    }

    @BeforeEach
    void pull() throws Exception {
        registry.behave();
        reference = ImageReference.parse(registry.push("os", "1", image));
        store = store();
        store.pull(reference, new ProgressLog(), _ -> {});
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void anIncompleteLayerWithoutSubvolumeDoesNotStopPodman() throws Exception {
        Path top = topLayer();
        rewrite("btrfs-images/images.json", "(?s).*", "[]");
        rewrite(
                "btrfs-layers/layers.json",
                "\"id\":\"" + top.getFileName() + "\"",
                "$0,\"flags\":{\"incomplete\":true}");
        Tool.run("btrfs", "subvolume", "delete", top.toString());
        note(NOTHING);

        recover();

        assertThat(layers()).isZero();
        assertPulledAgain();
    }

    /// podman records its very first layer before there is a directory for it.
    @Test
    void theFirstLayerOfAStoreMayBeRecordedBeforeThereIsAPlaceForIt() throws Exception {
        rewrite("btrfs-images/images.json", "(?s).*", "[]");
        String first = "[{\"id\":\"" + "1".repeat(64) + "\",\"flags\":{\"incomplete\":true}}]";
        rewrite("btrfs-layers/layers.json", "(?s).*", first);
        deleteLayers();
        Files.delete(subvolumes());
        note(NOTHING);

        recover();

        assertThat(layers()).isZero();
        assertPulledAgain();
    }

    /// As an administrator's podman leaves it.
    @Test
    void noNoteIsNeededForAnIncompleteLayer() throws Exception {
        Path top = topLayer();
        rewrite("btrfs-images/images.json", "(?s).*", "[]");
        rewrite(
                "btrfs-layers/layers.json",
                "\"id\":\"" + top.getFileName() + "\"",
                "$0,\"flags\":{\"incomplete\":true}");
        Tool.run("btrfs", "subvolume", "delete", top.toString());

        recover();

        assertPulledAgain();
    }

    @Test
    void anImageWithoutRootWhoseLayersLostTheirSubvolumesGoesAndComesAgain() throws Exception {
        deleteLayers();
        note(NOTHING);

        recover();

        assertThat(store.images()).isEmpty();
        assertThat(layers()).isZero();
        assertPulledAgain();
    }

    @Test
    void anImageWithoutRootIsNotTrustedAfterwards() throws Exception {
        Files.writeString(topLayer().resolve("usr/upper"), "");
        note(NOTHING);

        recover();

        assertThat(store.images()).isEmpty();
        assertPulledAgain();
    }

    @Test
    void anImageWithARootStays() throws Exception {
        taken.add(image.id());
        note(NOTHING);

        recover();

        assertThat(store.images()).extracting(Image::id).containsExactly(image.id());
        assertThat(layers()).isEqualTo(2);
    }

    @Test
    void aSubvolumeOfNoRecordThatCameSinceIsRemoved() throws Exception {
        Path top = topLayer();
        store.remove(image.id());
        Tool.run("btrfs", "subvolume", "create", top.toString());
        note(NOTHING);

        recover();

        assertThat(layers()).isZero();
        assertPulledAgain();
    }

    @Test
    void aSubvolumeOfNoRecordThatWasThereBeforeStays() throws Exception {
        Path top = topLayer();
        store.remove(image.id());
        Tool.run("btrfs", "subvolume", "create", top.toString());
        note(new Before(Set.of(top.getFileName().toString()), Set.of(), Optional.empty()));

        recover();

        assertThat(top).isDirectory();
    }

    @Test
    void aSubvolumeWithSubvolumesInsideStays() throws Exception {
        Path top = topLayer();
        store.remove(image.id());
        Tool.run("btrfs", "subvolume", "create", top.toString());
        Tool.run("btrfs", "subvolume", "create", top.resolve("inside").toString());
        note(NOTHING);

        recover();

        assertThat(top.resolve("inside")).isDirectory();
    }

    /// A transfer begins when its note is whole, so nothing of what there is can be of it.
    @ParameterizedTest
    @ValueSource(
            strings = {"true >", "echo '{\"layers\":[]' >", "echo '[]' >", "truncate -s 1G", "mkfifo", "ln -s /dev/zero"
            })
    void whatIsNoWholeNoteDoesNotCount(String maker) throws Exception {
        Path note = Workspace.create(settings()).directory().resolve("before.json");
        Tool.run("sh", "-c", maker + " \"$0\"", note.toString());

        recover();

        assertThat(store.images()).extracting(Image::id).containsExactly(image.id());
        assertThat(layers()).isEqualTo(2);
        assertThat(state().resolve("tmp")).isEmptyDirectory();
    }

    /// Another podman that changes layers holds this lock.
    @Test
    void nothingIsTouchedWhilePodmanChangesLayers() throws Exception {
        Path top = topLayer();
        store.remove(image.id());
        Tool.run("btrfs", "subvolume", "create", top.toString());
        note(NOTHING);
        Process holder = new ProcessBuilder(
                        "/usr/bin/python3",
                        "-c",
                        "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.lockf(f, fcntl.LOCK_EX); print(flush=True);"
                                + " sys.stdin.read()",
                        graphRoot().resolve("btrfs-layers/layers.lock").toString())
                .start();
        holder.inputReader().readLine();

        recover();

        assertThat(top).isDirectory();
        holder.outputWriter().close();
        holder.waitFor();
    }

    /// As when podman is killed between the two.
    @Test
    void whatARemovalThatFailedLeftIsRepairedAtOnce() throws Exception {
        Path top = topLayer();
        atStep.put("change-store/sync", () -> {
            rewrite(
                    "btrfs-layers/layers.json",
                    "\\[",
                    "[{\"id\":\"" + top.getFileName() + "\",\"flags\":{\"incomplete\":true}}");
            throw new StorageFailed("a test has it fail", null);
        });

        assertThatThrownBy(() -> store.remove(image.id())).isInstanceOf(StorageFailed.class);

        assertThat(layers()).isZero();
        assertPulledAgain();
    }

    /// The pull found the layer there, so its own note does not tell that it brought it.
    @Test
    void aLayerThatWasRemovedAndComesAgainWithAPullThatBreaksOffIsRemoved() throws Exception {
        CraftedImage broken = CraftedImage.of(layer("lower", KILOBYTE), layer("big", MEGABYTE));
        ImageReference other = ImageReference.parse(registry.push("os", "broken", broken));
        registry.breakOffAfter(MEGABYTE / 2);
        atStep.put("transfer/podman", () -> store.remove(image.id()));

        assertThatThrownBy(() -> store.pull(other, new ProgressLog(), _ -> {})).isInstanceOf(PullFailed.class);

        assertThat(layers()).isZero();
        assertThat(state().resolve("tmp")).isEmptyDirectory();
    }

    private void assertPulledAgain() throws Exception {
        ImageId id = store.pull(reference, new ProgressLog(), _ -> {});
        Path top = store.topLayer(id).orElseThrow();
        assertThat(top.resolve("usr/lower")).hasSize(KILOBYTE);
        assertThat(top.resolve("usr/upper")).hasSize(KILOBYTE);
    }

    /// As the next start does.
    private void recover() throws Failure, InterruptedException {
        store.close();
        store = store();
        store.recover();
    }

    private void note(Before before) throws IOException {
        Workspace workspace = Workspace.create(settings());
        workspace.note(before);
        workspace.noteBrought(image.id());
    }

    private void rewrite(String file, String pattern, String replacement) throws IOException {
        Path path = graphRoot().resolve(file);
        Files.writeString(path, Files.readString(path).replaceFirst(pattern, replacement));
    }

    private Path topLayer() throws Failure {
        return store.topLayer(image.id()).orElseThrow();
    }

    private long layers() throws IOException {
        try (Stream<Path> layers = Files.list(subvolumes())) {
            return layers.count();
        }
    }

    private void deleteLayers() throws IOException {
        try (Stream<Path> layers = Files.list(subvolumes())) {
            layers.forEach(layer -> Tool.run("btrfs", "subvolume", "delete", layer.toString()));
        }
    }

    private PodmanImageStore store() {
        BtrfsSubvolumes subvolumes = new BtrfsSubvolumes(btrfs.path());
        return new PodmanImageStore(
                new PodmanService(settings()), subvolumes, subvolumes.volume(), taken::contains, new Disturbances());
    }

    private final class Disturbances implements StepWatch {
        @Override
        public void next(String operation, String step) throws Failure, InterruptedException {
            Disturbance disturbance = atStep.remove(operation + "/" + step);
            try {
                if (disturbance != null) {
                    disturbance.happen();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void done(String operation) {}
    }

    private PodmanSettings settings() {
        Map<String, String> environment =
                Map.of("CONTAINERS_REGISTRIES_CONF", registry.registriesConf().toString());
        return new PodmanSettings(
                Path.of("/usr/bin/podman"), state(), directory.resolve("run"), Duration.ofSeconds(60), environment);
    }

    private Path state() {
        return btrfs.path().resolve("state");
    }

    private Path graphRoot() {
        return state().resolve("snapshots");
    }

    private Path subvolumes() {
        return graphRoot().resolve("btrfs/subvolumes");
    }
}
