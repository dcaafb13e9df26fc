package org.opensuse.containersnap.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensuse.containersnap.engine.ImageStore.TopLayer;
import org.opensuse.containersnap.record.JsonRecords;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// Which layers of podman's are roots of the original program's.
class RootsTest {
    private static final ImageId IMAGE = new ImageId("a".repeat(64));

    @TempDir
    private Path directory;

    private final Deque<List<TopLayer>> answers = new ArrayDeque<>();

    private Roots roots() {
        return new Roots(
                new StoreLayout(directory),
                only(Subvolumes.class, "nothing"),
                only(ImageStore.class, "topLayers"),
                new JsonRecords(directory.resolve("state"), _ -> {}),
                new Arrivals(List::of));
    }

    /// Answers to one method, in turn.
    private <T> T only(Class<T> port, String method) {
        return port.cast(Proxy.newProxyInstance(port.getClassLoader(), new Class<?>[] {port}, (_, called, _) -> {
            assertThat(called.getName()).isEqualTo(method);
            return answers.remove();
        }));
    }

    private List<TopLayer> layer() {
        return List.of(new TopLayer(IMAGE, directory.resolve("layer")));
    }

    @Test
    void theLayerOfAnImageWithoutARecordIsARoot() throws Failure {
        answers.add(layer());
        answers.add(layer());

        assertThat(roots().ofOriginal()).isEqualTo(Map.of(SnapshotId.of(IMAGE), directory.resolve("layer")));
    }

    /// Its record went after the layers were read.
    @Test
    void theLayerOfAnImageThatIsDeletedMeanwhileIsNone() throws Failure {
        answers.add(layer());
        answers.add(List.of());

        assertThat(roots().ofOriginal()).isEmpty();
    }
}
