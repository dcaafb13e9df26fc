package org.opensuse.containersnap.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.opensuse.containersnap.snapshot.ImageId;

class ImageRemovalTest {
    @Test
    void containersAreFoundByTheirImage() throws IOException {
        String json = Golden.text("containers.json");
        ImageId user = new ImageId("7322264534f2e069be316d78377114272df33d5c17c60c537001b9f20e94b74a");

        assertThat(ImageRemoval.containers(json, user)).containsExactly("c1");
        assertThat(ImageRemoval.containers(json, new ImageId("0".repeat(64)))).isEmpty();
    }
}
