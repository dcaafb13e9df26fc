package org.opensuse.containersnap.podman;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.Image;
import org.opensuse.containersnap.snapshot.ImageId;

class StoreFilesTest {
    private static final String LABEL1 = "7322264534f2e069be316d78377114272df33d5c17c60c537001b9f20e94b74a";

    @TempDir
    Path graphRoot;

    private StoreFiles files;

    @BeforeEach
    void makeStore() throws IOException {
        Files.createDirectories(graphRoot.resolve("btrfs-images"));
        Files.createDirectories(graphRoot.resolve("btrfs-layers"));
        files = new StoreFiles(graphRoot);
    }

    @Test
    void anEmptyStoreHasNoImages() throws Failure {
        assertThat(files.images()).isEmpty();
        assertThat(files.layersOfContainers()).isEmpty();
    }

    @Test
    void anImageIsDescribedByItsConfiguration() throws Exception {
        putGolden();
        config(LABEL1, "{\"created\":\"2025-01-09T10:47:31.818647723Z\",\"config\":{\"Labels\":{\"x\":\"1\"}}}");

        assertThat(files.images()).singleElement().satisfies(image -> {
            assertThat(image.id().hex()).isEqualTo(LABEL1);
            assertThat(image.names()).containsExactly("127.0.0.1:5598/os:label1");
            assertThat(image.created()).contains(Instant.parse("2025-01-09T10:47:31.818647723Z"));
            assertThat(image.sizeBytes()).isEqualTo(1054720);
            assertThat(image.labels()).containsEntry("x", "1");
        });
    }

    @Test
    void theFilesAreReadAgainWhenTheyChanged() throws Exception {
        putGolden();
        config(LABEL1, "{}");
        assertThat(files.images()).hasSize(1);
        StoreIndex before = files.index();
        assertThat(files.index()).isSameAs(before);

        put("btrfs-images/images.json", "[]");

        assertThat(files.images()).isEmpty();
    }

    @Test
    void aFileOfTheSameSizeAndTimeIsReadAgain() throws Exception {
        put("btrfs-images/images.json", manifestOf("a"));
        config("a".repeat(64), "{}");
        config("b".repeat(64), "{}");
        assertThat(files.images()).extracting(Image::id).containsExactly(new ImageId("a".repeat(64)));
        Path file = graphRoot.resolve("btrfs-images/images.json");
        var time = Files.getLastModifiedTime(file);

        put("btrfs-images/images.json", manifestOf("b"));
        Files.setLastModifiedTime(file, time);

        assertThat(files.images()).extracting(Image::id).containsExactly(new ImageId("b".repeat(64)));
    }

    @Test
    void theLayersOfContainersAreKnown() throws Exception {
        Files.createDirectories(graphRoot.resolve("btrfs-containers"));
        put("btrfs-containers/containers.json", Golden.text("store-containers.json"));

        assertThat(files.layersOfContainers())
                .containsExactly("36443e43cf1f528b1558f47c0d1cd370e0bcdcd3185d91cf06b7ecbcf7a640cf");
    }

    @Test
    void aFileThatPodmanDidNotWriteIsNamed() throws Exception {
        put("btrfs-images/images.json", "hello");

        assertThatThrownBy(files::images)
                .isInstanceOf(StorageFailed.class)
                .hasMessageContaining(
                        graphRoot.resolve("btrfs-images/images.json").toString());
    }

    private void putGolden() throws IOException {
        put("btrfs-images/images.json", Golden.text("images.json"));
        put("btrfs-layers/layers.json", Golden.text("layers.json"));
    }

    private static String manifestOf(String digit) {
        String id = digit.repeat(64);
        return "[{\"id\":\"%s\",\"big-data-names\":[\"manifest\",\"sha256:%s\"]}]".formatted(id, id);
    }

    private void config(String id, String json) throws IOException {
        Files.createDirectories(graphRoot.resolve("btrfs-images").resolve(id));
        String key = Base64.getEncoder().encodeToString(("sha256:" + id).getBytes(StandardCharsets.UTF_8));
        put("btrfs-images/" + id + "/=" + key, json);
    }

    /// As podman does: another file takes the name.
    private void put(String file, String content) throws IOException {
        Path fresh = Files.writeString(graphRoot.resolve("fresh"), content);
        Files.move(fresh, graphRoot.resolve(file), StandardCopyOption.ATOMIC_MOVE);
    }
}
