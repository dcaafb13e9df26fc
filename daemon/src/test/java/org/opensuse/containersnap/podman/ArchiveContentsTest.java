package org.opensuse.containersnap.podman;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.lab.CraftedImage.layer;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensuse.containersnap.lab.CraftedImage;
import org.opensuse.containersnap.lab.CraftedImage.Layer;
import org.opensuse.containersnap.podman.StoreIndex.StoredLayer;

class ArchiveContentsTest {
    private static final int MEGABYTE = 1 << 20;
    private static final Layer ONE = layer("one", 3 * MEGABYTE);
    private static final Layer TWO = layer("two", 5 * MEGABYTE);
    private static final CraftedImage IMAGE = CraftedImage.of(ONE, TWO);

    /// What the manifest, the configuration and the headers may add or lack.
    private static final long LITTLE = 50_000;

    @TempDir
    private Path directory;

    @Test
    void anOciArchiveIsCopiedAndTakenApartAndItsCompressedLayersAreCopiedAndUnpacked() throws IOException {
        byte[] archive = IMAGE.ociArchive();

        assertNeeds(archive, StoreIndex.EMPTY, 2L * archive.length + IMAGE.blobBytes() * 5 / 2);
    }

    @Test
    void aDockerArchiveIsCopiedAndItsPlainLayersAreCopiedAndUnpacked() throws IOException {
        byte[] archive = CraftedImage.dockerArchive(Map.of("localhost/a:1", IMAGE));

        assertNeeds(archive, StoreIndex.EMPTY, archive.length + (ONE.tar().length + TWO.tar().length) * 19L / 10);
    }

    @Test
    void layersThatTheStoreHasAreNotCounted() throws IOException {
        byte[] oci = IMAGE.ociArchive();
        byte[] docker = CraftedImage.dockerArchive(Map.of("localhost/a:1", IMAGE));

        assertNeeds(oci, storeWith(TWO), 2L * oci.length + ONE.blob().length * 5L / 2);
        assertNeeds(docker, storeWith(TWO), docker.length + ONE.tar().length * 19L / 10);
    }

    @Test
    void whereTheFileSystemCompressesOnlyWhatIsCompressedCounts() throws IOException {
        assertThat(read(IMAGE.ociArchive()).bytesToLoad(StoreIndex.EMPTY, true))
                .isBetween(4 * IMAGE.blobBytes(), 4 * IMAGE.blobBytes() + LITTLE);
        assertThat(read(CraftedImage.dockerArchive(Map.of("localhost/a:1", IMAGE)))
                        .bytesToLoad(StoreIndex.EMPTY, true))
                .isZero();
    }

    @Test
    void ofWhatIsNoArchiveOnlyTheCopyIsKnown() throws IOException {
        byte[] cut = Arrays.copyOf(IMAGE.ociArchive(), 4 * MEGABYTE);
        for (byte[] content : List.of(ONE.blob(), Arrays.copyOfRange(cut, 700, 2 * MEGABYTE), new byte[512])) {
            assertThat(read(content).bytesToLoad(StoreIndex.EMPTY, false)).isEqualTo(content.length);
        }
        assertThat(read(cut).bytesToLoad(StoreIndex.EMPTY, false))
                .isLessThan(read(IMAGE.ociArchive()).bytesToLoad(StoreIndex.EMPTY, false));
    }

    @Test
    void sizesThatCanNotBeAreNotBelieved() throws IOException {
        byte[] archive = IMAGE.ociArchive();
        for (String size : List.of("77777777777", "-0000000001", "8", "")) {
            byte[] field = Arrays.copyOf(size.getBytes(StandardCharsets.US_ASCII), 12);
            System.arraycopy(field, 0, archive, 124, field.length);

            assertThat(read(archive).bytesToLoad(StoreIndex.EMPTY, false)).isEqualTo(archive.length);
        }
    }

    private void assertNeeds(byte[] archive, StoreIndex store, long bytes) throws IOException {
        assertThat(read(archive).bytesToLoad(store, false)).isBetween(bytes - LITTLE, bytes + LITTLE);
    }

    private ArchiveContents read(byte[] content) throws IOException {
        Path file = Files.write(directory.resolve("archive"), content);
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "r")) {
            return ArchiveContents.read(open, content.length);
        }
    }

    private static StoreIndex storeWith(Layer layer) {
        StoredLayer stored = new StoredLayer(
                "id",
                Optional.empty(),
                "sha256:" + CraftedImage.sha256(layer.tar()),
                "sha256:" + CraftedImage.sha256(layer.blob()),
                layer.tar().length,
                false);
        return new StoreIndex(List.of(), Map.of(stored.id(), stored));
    }
}
