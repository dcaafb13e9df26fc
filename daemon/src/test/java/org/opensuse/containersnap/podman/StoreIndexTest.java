package org.opensuse.containersnap.podman;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.podman.StoreIndex.StoredImage;
import org.opensuse.containersnap.podman.StoreIndex.StoredLayer;

class StoreIndexTest {
    private final StoreIndex index = golden();

    @Test
    void imagesComeInTheirOrder() {
        assertThat(index.images())
                .extracting(image -> image.names().getLast())
                .containsExactly(
                        "127.0.0.1:5598/os:1",
                        "127.0.0.1:5598/os:8",
                        "127.0.0.1:5598/os:share",
                        "127.0.0.1:5598/os:none",
                        "127.0.0.1:5598/os:label1",
                        "127.0.0.1:5598/os:label2");
    }

    @Test
    void anImageHasADigestAndNames() {
        StoredImage image = image("127.0.0.1:5598/os:1");

        assertThat(image.id().hex()).isEqualTo("64f2219d51a35fff6666970e2780fd18a058d2ba3928bd23b115c5dc49801d93");
        assertThat(image.digest()).isEqualTo("sha256:c726613b0dc9a9abb18140360a158ddd867fe70a07aeb24cb5a866530ef5ae99");
        assertThat(image.names()).containsExactlyInAnyOrder("127.0.0.1:5598/os:1", "127.0.0.1:5599/os:1");
        assertThat(image.whole()).isTrue();
    }

    @Test
    void aChainGoesFromTheTopDown() {
        List<StoredLayer> chain = index.chain(image("127.0.0.1:5598/os:1"));

        assertThat(chain).hasSize(3);
        assertThat(chain.getFirst().id())
                .isEqualTo(image("127.0.0.1:5598/os:1").layer().orElseThrow());
        assertThat(chain.getFirst().parent()).contains(chain.get(1).id());
        assertThat(chain.getLast().parent()).isEmpty();
        assertThat(chain.getLast().diffDigest())
                .isEqualTo("sha256:" + chain.getLast().id());
    }

    @Test
    void sharedLayersAreNotAnImagesOwn() {
        assertThat(index.chain(image("127.0.0.1:5598/os:share"))).hasSize(3);
        assertThat(index.layersOnlyOf(image("127.0.0.1:5598/os:share"))).hasSize(1);
        assertThat(index.layersOnlyOf(image("127.0.0.1:5598/os:8"))).hasSize(10);
        assertThat(index.layersOnlyOf(image("127.0.0.1:5598/os:label1"))).isEmpty();
        assertThat(image("127.0.0.1:5598/os:label1").layer())
                .isEqualTo(image("127.0.0.1:5598/os:label2").layer());
    }

    @Test
    void anImageMayHaveNoLayer() {
        StoredImage none = image("127.0.0.1:5598/os:none");

        assertThat(none.layer()).isEmpty();
        assertThat(index.chain(none)).isEmpty();
        assertThat(index.sizeBytes(none)).isZero();
    }

    @Test
    void anImagesSizeIsThatOfItsLayers() {
        assertThat(index.sizeBytes(image("127.0.0.1:5598/os:label1"))).isEqualTo(1054720);
    }

    @Test
    void layersOfNoImageAreFound() {
        assertThat(index.layers().keySet()).isEqualTo(index.layersOfImages());
    }

    @Test
    void aMissingLayerEndsTheChain() throws IOException {
        StoreIndex broken = StoreIndex.parse(Golden.bytes("images.json"), json("[]"));

        assertThat(broken.chain(broken.images().getFirst())).isEmpty();
    }

    @Test
    void layersInACircleEndTheChain() throws IOException {
        StoreIndex broken = StoreIndex.parse(json("[]"), json("""
                [{"id":"a","parent":"b"},{"id":"b","parent":"a","flags":{"incomplete":true}}]"""));

        assertThat(broken.chainFrom("a")).extracting(StoredLayer::id).containsExactly("a", "b");
        assertThat(broken.chainFrom("a").getLast().incomplete()).isTrue();
    }

    @Test
    void aRecordThatPodmanHasJustBegunIsNotWhole() throws IOException {
        StoreIndex begun =
                StoreIndex.parse(json("[{\"id\":\"" + "ab".repeat(32) + "\",\"layer\":\"x\"}]"), json("null"));

        assertThat(begun.images().getFirst().whole()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[", "hello"})
    void whatPodmanDoesNotWriteIsRefused(String text) {
        assertThatThrownBy(() -> StoreIndex.parse(json(text), json("[]"))).isInstanceOf(IOException.class);
    }

    private StoredImage image(String name) {
        return index.findNamed(name).orElseThrow();
    }

    private static StoreIndex golden() {
        try {
            return StoreIndex.parse(Golden.bytes("images.json"), Golden.bytes("layers.json"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] json(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
