package org.opensuse.containersnap.podman;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.podman.RemoteManifest.Blob;
import org.opensuse.containersnap.podman.RemoteManifest.Choice;
import org.opensuse.containersnap.podman.RemoteManifest.Single;
import org.opensuse.containersnap.podman.RemoteManifest.Unknown;

class RemoteManifestTest {
    @Test
    void aSingleImageIsReadFromTheErrorThatQuotesIt() {
        assertThat(RemoteManifest.parse(Golden.text("manifest-oci.json")))
                .isInstanceOfSatisfying(
                        Single.class,
                        single -> assertThat(single.layers())
                                .extracting(blob -> blob.content().bytes())
                                .containsExactly(8391410L, 2097985L, 1049122L));
    }

    @Test
    void theImageForAMachineIsChosenFromAList() {
        assertThat(RemoteManifest.parse(Golden.text("manifest-list.json")))
                .isInstanceOfSatisfying(Choice.class, choice -> {
                    assertThat(choice.digestFor("amd64"))
                            .contains("sha256:c726613b0dc9a9abb18140360a158ddd867fe70a07aeb24cb5a866530ef5ae99");
                    assertThat(choice.digestFor(RemoteManifest.architecture("aarch64")))
                            .contains("sha256:aa10b9f6f9726984814d3915a610701487ebbca7fb8873690c842d0494c6454f");
                    assertThat(choice.digestFor("riscv64")).isEmpty();
                });
    }

    @Test
    void aManifestItselfTellsItsConfigurationAndLayers() {
        String manifest = """
                {"schemaVersion": 2, "config": {"digest": "sha256:ab"},
                 "layers": [{"digest": "sha256:cd", "size": 7, "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip"}]}
                """;

        assertThat(RemoteManifest.read(manifest.getBytes(UTF_8)))
                .isEqualTo(new Single("sha256:ab", List.of(new Blob("sha256:cd", new Content(7, true)))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{not json", "<html>", "[]", "7", "{\"layers\": 7}", "{\"fsLayers\": []}"})
    void whatIsNoManifestIsUnknown(String text) {
        assertThat(RemoteManifest.read(text.getBytes(UTF_8))).isEqualTo(new Unknown());
    }

    @ParameterizedTest
    @ValueSource(strings = {"manifest-docker.json", "manifest-unknown.json", "load-empty.json"})
    void otherAnswersSayNothing(String recorded) {
        assertThat(RemoteManifest.parse(Golden.text(recorded))).isEqualTo(new Unknown());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Not Found", "[]", "{\"message\":\"parsing manifest blob \\\"{\"}"})
    void whatIsNoAnswerSaysNothing(String text) {
        assertThat(RemoteManifest.parse(text)).isEqualTo(new Unknown());
    }

    @Test
    void layersTellWhetherTheyAreCompressedAndSizesThatCanNotBeAreNotBelieved() {
        String manifest = """
                {"layers": [
                  {"digest": "a", "size": 7, "mediaType": "application/vnd.oci.image.layer.v1.tar"},
                  {"digest": "b", "size": 7, "mediaType": "application/vnd.oci.image.layer.v1.tar+zstd"},
                  {"digest": "c", "size": -7},
                  {"digest": "d", "size": 9223372036854775807},
                  {"digest": "e", "size": "seven"}]}
                """;

        assertThat(RemoteManifest.parse(manifest))
                .isInstanceOfSatisfying(
                        Single.class,
                        single -> assertThat(single.layers())
                                .extracting(Blob::content)
                                .containsExactly(
                                        new Content(7, false),
                                        new Content(7, true),
                                        new Content(0, true),
                                        new Content(1L << 44, true),
                                        new Content(0, true)));
    }
}
