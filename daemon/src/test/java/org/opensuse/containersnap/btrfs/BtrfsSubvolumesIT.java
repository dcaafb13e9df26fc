package org.opensuse.containersnap.btrfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensuse.containersnap.engine.Subvolumes.Identity;
import org.opensuse.containersnap.engine.Subvolumes.Lineage;
import org.opensuse.containersnap.lab.LoopBtrfs;
import org.opensuse.containersnap.lab.Tool;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.Failure.NotBtrfs;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.Subvolume;

/// The adapter on a real file system, whose top level stands for the machine's root.
class BtrfsSubvolumesIT {
    @RegisterExtension
    final LoopBtrfs btrfs = new LoopBtrfs(256);

    private Path top = Path.of("/");
    private Path base = Path.of("/");
    private BtrfsSubvolumes subvolumes = new BtrfsSubvolumes(Path.of("/"));

    @BeforeEach
    void makeASubvolume() throws IOException {
        top = btrfs.path();
        base = top.resolve("base");
        Tool.run("btrfs", "--quiet", "subvolume", "create", base.toString());
        Files.writeString(base.resolve("file"), "content");
        subvolumes = new BtrfsSubvolumes(top);
    }

    private Subvolume get(Path directory) throws Failure {
        return subvolumes.find(directory).orElseThrow();
    }

    @Test
    void aSubvolumeIsDescribedAsTheKernelKnowsIt() throws Failure {
        Instant before = Instant.now().minusSeconds(60);
        Subvolume found = get(base);

        assertThat(found.id()).isGreaterThanOrEqualTo(256);
        assertThat(found.readOnly()).isFalse();
        assertThat(found.directory()).isEqualTo(base);
        assertThat(found.created()).isBetween(before, Instant.now());
    }

    @Test
    void aSubvolumeIsFoundByItsIdWhereverItWasMovedUntilItIsGone() throws Failure, IOException {
        long id = get(base).id();
        Identity found = subvolumes.identify(id).orElseThrow();
        assertThat(found)
                .isEqualTo(new Identity(id, "base", subvolumes.lineage(base).uuid()));

        Path moved = Files.move(base, top.resolve("moved"));
        assertThat(subvolumes.identify(id)).contains(new Identity(id, "moved", found.uuid()));
        assertThat(subvolumes.identify(5).orElseThrow().path()).isEmpty();

        subvolumes.delete(moved);
        assertThat(subvolumes.identify(id)).isEmpty();
        subvolumes.sync(top);
        assertThat(subvolumes.identify(id)).isEmpty();
        assertThat(subvolumes.identify(id + 1000)).isEmpty();
    }

    @Test
    void theExtentsOfASubvolumeAreThoseOfItsFiles() throws Failure, IOException {
        for (int i = 0; i < 3000; i++) {
            Files.writeString(base.resolve("small" + i), "small");
        }
        Files.write(base.resolve("large"), new byte[5 << 20]);
        Tool.run(
                "cp",
                "--reflink=always",
                base.resolve("large").toString(),
                base.resolve("copy").toString());
        subvolumes.sync(top);
        subvolumes.snapshot(base, top.resolve("snapshot"));
        Files.write(top.resolve("snapshot/more"), new byte[3 << 20]);
        subvolumes.sync(top);

        Map<Long, Long> ofBase = extents(base);
        Map<Long, Long> ofSnapshot = extents(top.resolve("snapshot"));

        assertThat(ofBase.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(5 << 20);
        assertThat(ofSnapshot).containsAllEntriesOf(ofBase);
        assertThat(ofSnapshot.values().stream().mapToLong(Long::longValue).sum())
                .isEqualTo(8 << 20);
    }

    private Map<Long, Long> extents(Path directory) throws Failure {
        Map<Long, Long> found = new HashMap<>();
        subvolumes.extents(directory, get(directory).id(), found::put);
        return found;
    }

    @Test
    void whatIsNoSubvolumeIsNotFound() throws Failure, IOException {
        Files.createDirectory(top.resolve("directory"));
        Files.createSymbolicLink(top.resolve("link"), base);

        for (String name : new String[] {"nothing", "directory", "link", "base/file", "nothing/at/all"}) {
            assertThat(subvolumes.find(top.resolve(name))).as(name).isEmpty();
        }
    }

    @Test
    void aSubvolumeThatIsMountedOverAnotherIsNotTakenForIt() throws Failure {
        Path other = top.resolve("other");
        Tool.run("btrfs", "--quiet", "subvolume", "create", other.toString());
        Tool.run("mount", "--bind", other.toString(), base.toString());
        try {
            assertThat(subvolumes.find(base)).isEmpty();
            assertThat(subvolumes.mountsIn(base)).containsExactly(base);
        } finally {
            Tool.run("umount", base.toString());
        }
        assertThat(subvolumes.find(base)).isPresent();
        assertThat(subvolumes.mountsIn(base)).isEmpty();
    }

    @Test
    void aSnapshotHasTheContentAndIsReadWriteAlsoFromAReadOnlySource() throws Failure, IOException {
        subvolumes.setReadOnly(base, true);
        Path copy = top.resolve("copy");
        subvolumes.snapshot(base, copy);

        assertThat(get(base).readOnly()).isTrue();
        assertThat(get(copy).readOnly()).isFalse();
        assertThat(get(copy).id()).isGreaterThan(get(base).id());
        assertThat(Files.readString(copy.resolve("file"))).isEqualTo("content");
        Files.writeString(copy.resolve("file"), "changed");
        assertThat(Files.readString(base.resolve("file"))).isEqualTo("content");
    }

    @Test
    void aSnapshotTellsWhatItWasMadeFrom() throws Failure {
        Path copy = top.resolve("copy");
        subvolumes.snapshot(base, copy);

        Lineage ofBase = subvolumes.lineage(base);
        assertThat(ofBase.parent()).isEmpty();
        assertThat(subvolumes.lineage(copy).parent()).contains(ofBase.uuid());
        assertThat(Tool.run("btrfs", "subvolume", "show", copy.toString()))
                .containsPattern("Parent UUID:\\s+" + ofBase.uuid() + "\n");
    }

    @Test
    void aSnapshotOntoAnExistingDirectoryIsRefusedAndNotPutInside() {
        assertThatThrownBy(() -> subvolumes.snapshot(base, base))
                .isInstanceOf(StorageFailed.class)
                .hasMessageContaining("File exists");
        assertThat(base.resolve("base")).doesNotExist();
    }

    @Test
    void readOnlyIsSetAndTakenBack() throws Failure, IOException {
        subvolumes.setReadOnly(base, true);
        assertThatThrownBy(() -> Files.writeString(base.resolve("new"), ""))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Read-only");
        subvolumes.setReadOnly(base, false);
        Files.writeString(base.resolve("new"), "");

        assertThat(get(base).readOnly()).isFalse();
    }

    @Test
    void theDefaultIsSetAndReadBack() throws Failure {
        assertThat(subvolumes.defaultOfRoot().path()).isEmpty();
        subvolumes.setDefault(base, get(base).id());
        subvolumes.sync(top);

        assertThat(subvolumes.defaultOfRoot().path()).isEqualTo("base");
        assertThat(subvolumes.defaultOfRoot().id()).isEqualTo(get(base).id());
        assertThat(new BtrfsSubvolumes(base).booted().path()).isEqualTo("base");
        assertThat(subvolumes.booted().id()).isEqualTo(5);
    }

    @Test
    void theDefaultIsNotDeletedAndKeepsWhatIsInIt() throws Failure {
        subvolumes.setDefault(base, get(base).id());

        assertThatThrownBy(() -> subvolumes.delete(base)).isInstanceOf(StorageFailed.class);
        assertThat(base.resolve("file")).hasContent("content");
    }

    @Test
    void subvolumesInsideAreListedAndKeepTheirParentFromBeingDeleted() throws Failure, IOException {
        Files.createDirectories(base.resolve("srv/deep"));
        Tool.run(
                "btrfs",
                "--quiet",
                "subvolume",
                "create",
                base.resolve("srv/deep/inner").toString());
        Files.writeString(base.resolve("srv/deep/inner/file"), "precious");

        assertThat(subvolumes.inside(base)).containsExactly("srv/deep/inner");
        assertThatThrownBy(() -> subvolumes.delete(base)).isInstanceOf(StorageFailed.class);
        assertThat(base.resolve("srv/deep/inner/file")).hasContent("precious");
        assertThat(base.resolve("file")).hasContent("content");
    }

    @Test
    void aSubvolumeIsDeletedWithWhatIsInIt() throws Failure {
        subvolumes.delete(base);

        assertThat(base).doesNotExist();
        assertThat(subvolumes.find(base)).isEmpty();
    }

    /// The kernel takes its name away last: here the name that it has by a mount, which stays.
    @Test
    void aSubvolumeThatIsBeingDeletedIsNotFound() throws Failure, IOException {
        Path mounted = Files.createDirectory(top.resolve("mounted"));
        Tool.run("mount", "--bind", base.toString(), mounted.toString());
        try {
            subvolumes.delete(base);

            assertThat(mounted).isDirectory();
            assertThat(subvolumes.find(mounted)).isEmpty();
        } finally {
            Tool.run("umount", mounted.toString());
        }
    }

    @Test
    void anotherFileSystemIsRefusedByName() throws Failure, IOException {
        subvolumes.requireSameFileSystemAsRoot(base);
        LoopBtrfs other = new LoopBtrfs(128);
        other.mount();
        try {
            assertThatThrownBy(() -> subvolumes.requireSameFileSystemAsRoot(other.path()))
                    .isInstanceOf(NotBtrfs.class)
                    .hasMessageContaining("another file system");
        } finally {
            other.close();
        }
        assertThatThrownBy(() -> new BtrfsSubvolumes(Path.of("/proc")).booted()).isInstanceOf(NotBtrfs.class);
        assertThatThrownBy(() -> new BtrfsSubvolumes(Path.of("/proc")).requireSameFileSystemAsRoot(Path.of("/proc")))
                .isInstanceOf(NotBtrfs.class);
    }

    @Test
    void aFullFileSystemHasANameOfItsOwn() throws IOException {
        Path ballast = top.resolve("ballast");
        try {
            Files.write(ballast, new byte[300 << 20]);
        } catch (IOException _) {
            assertThat(ballast).exists();
        }
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 100_000; i++) {
                        subvolumes.snapshot(base, top.resolve("copy" + i));
                    }
                })
                .isInstanceOf(NoSpace.class)
                .hasMessageContaining("no space left");
        assertThat(base.resolve("file")).hasContent("content");
    }

    /// The disk is copied as a power cut would leave it: what is only in memory is not in the copy.
    @ParameterizedTest(name = "{0} bytes, compression {1}")
    @CsvSource({"200, none", "3000, none", "1000000, none", "200, zstd", "1000000, zstd"})
    void writtenBackDataIsDurableWithTheNextSnapshot(int size, String compression) throws Failure, IOException {
        Path directory = Files.createDirectory(top.resolve("records"));
        Tool.run("btrfs", "property", "set", directory.toString(), "compression", compression);
        String content = "x".repeat(size);

        // A new file: one that was truncated is written back by btrfs itself.
        Path file = Files.writeString(directory.resolve("new"), content, StandardOpenOption.CREATE_NEW);
        subvolumes.writeBack(file);
        Files.move(file, directory.resolve("renamed"));
        subvolumes.snapshot(base, top.resolve("copy"));
        try (LoopBtrfs afterPowerCut = btrfs.copy()) {
            assertThat(afterPowerCut.path().resolve("records/renamed")).hasContent(content);
            assertThat(afterPowerCut.path().resolve("copy/file")).hasContent("content");
        }
    }

    @Test
    void whatIsForcedIsDurableAndNothingElseIsWaitedFor() throws Failure, IOException {
        Path file = Files.writeString(top.resolve("new"), "x".repeat(3000));
        subvolumes.force(file);
        Files.move(file, top.resolve("renamed"));
        Files.writeString(top.resolve("others"), "x".repeat(1_000_000));

        subvolumes.force(top);

        try (LoopBtrfs afterPowerCut = btrfs.copy()) {
            assertThat(afterPowerCut.path().resolve("renamed")).hasContent("x".repeat(3000));
            assertThat(afterPowerCut.path().resolve("new")).doesNotExist();
            assertThat(
                            Files.exists(afterPowerCut.path().resolve("others"))
                                    ? Files.size(afterPowerCut.path().resolve("others"))
                                    : 0)
                    .isZero();
        }
    }

    @Test
    void aFileThatIsNotThereCanNotBeWrittenBack() {
        assertThatThrownBy(() -> subvolumes.writeBack(top.resolve("nothing")))
                .isInstanceOf(StorageFailed.class)
                .hasMessageContaining("nothing: could not open: No such file or directory");
    }
}
