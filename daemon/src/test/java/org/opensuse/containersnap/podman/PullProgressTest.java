package org.opensuse.containersnap.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensuse.containersnap.engine.TransferListener.Phase;
import org.opensuse.containersnap.podman.RemoteManifest.Blob;
import org.opensuse.containersnap.podman.RemoteManifest.Single;

class PullProgressTest {
    private static final long THREE_LAYERS = 8391410 + 2097985 + 1049122;

    private final PullProgress progress = new PullProgress();

    @Test
    void nothingIsKnownBeforeTheFirstLine() {
        assertThat(progress.phase()).isEqualTo(Phase.CONNECTING);
        assertThat(progress.bytesDone()).isZero();
        assertThat(progress.bytesTotal()).isEmpty();
    }

    @Test
    void theManifestGivesTheTotalAtOnce() throws IOException {
        progress.expect(manifest(), Set.of());
        progress.take(PullLine.parse(Golden.lines("pull-three-layers.jsonl").getFirst()));

        assertThat(progress.bytesTotal()).hasValue(THREE_LAYERS);
        assertThat(progress.phase()).isEqualTo(Phase.DOWNLOADING);
    }

    @Test
    void layersInTheStoreAreNotExpected() {
        progress.expect(manifest(), Set.of(manifest().getFirst().digest()));

        assertThat(progress.bytesTotal()).hasValue(2097985 + 1049122);
    }

    @Test
    void layersThatPodmanHasAreNotExpected() throws IOException {
        for (String line : Golden.lines("pull-present.jsonl").subList(0, 3)) {
            progress.take(PullLine.parse(line));
        }
        progress.expect(manifest(), Set.of());

        assertThat(progress.bytesTotal()).hasValue(0);
        assertThat(progress.phase()).isEqualTo(Phase.STORING);
    }

    @Test
    void aLayerOfTheStoreThatPodmanCopiesAfterAllIsExpected() throws IOException {
        progress.expect(
                manifest(), Set.copyOf(manifest().stream().map(Blob::digest).toList()));
        progress.take(PullLine.parse("{\"status\":\"Pulling fs layer\",\"id\":\"93ded9eefebb\"}"));

        assertThat(progress.bytesTotal()).hasValue(8391410);
    }

    @Test
    void theBytesInTheScratchSpaceCount() {
        progress.expect(manifest(), Set.of());
        progress.receive(5_000_000);
        progress.receive(4_000_000);

        assertThat(progress.bytesDone()).isEqualTo(5_000_000);
    }

    @Test
    void podmanUnpacksWhenAllBytesAreHere() throws IOException {
        progress.expect(manifest(), Set.of());
        progress.take(PullLine.parse(Golden.lines("pull-three-layers.jsonl").getFirst()));
        progress.receive(THREE_LAYERS);

        assertThat(progress.phase()).isEqualTo(Phase.STORING);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "pull-three-layers.jsonl,  10489395, 6",
        "pull-shared-layers.jsonl, 4195793,  4",
        "pull-twelve-layers.jsonl, 37763183, 47",
        "pull-present.jsonl,       0,        0",
        "pull-no-layer.jsonl,      0,        0",
    })
    void withoutAManifestPodmansLinesGiveTheTotal(String recorded, long total, int line) throws IOException {
        List<String> lines = Golden.lines(recorded);
        long before = 0;
        List<Integer> known = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            progress.take(PullLine.parse(lines.get(i)));
            assertThat(progress.bytesDone()).isGreaterThanOrEqualTo(before);
            before = progress.bytesDone();
            if (progress.bytesTotal().isPresent()) {
                known.add(i);
            }
        }
        progress.end();

        assertThat(progress.bytesTotal()).hasValue(total);
        assertThat(progress.bytesDone()).isEqualTo(total);
        assertThat(known.isEmpty() ? 0 : known.getFirst() + 1).isEqualTo(line);
    }

    private static List<Blob> manifest() {
        return ((Single) RemoteManifest.parse(Golden.text("manifest-oci.json"))).layers();
    }
}
