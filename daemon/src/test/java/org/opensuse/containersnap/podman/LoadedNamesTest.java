package org.opensuse.containersnap.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.opensuse.containersnap.snapshot.ImageId;

class LoadedNamesTest {
    @Test
    void aNameIsNoId() throws IOException {
        assertThat(LoadedNames.parse(Golden.text("load-named.json"))).containsExactly("localhost/named:1");
        assertThat(LoadedNames.id("localhost/named:1")).isEmpty();
    }

    @Test
    void anImageWithoutANameIsTheId() throws IOException {
        String name = LoadedNames.parse(Golden.text("load-nameless.json")).getFirst();

        assertThat(LoadedNames.id(name))
                .contains(new ImageId("64f2219d51a35fff6666970e2780fd18a058d2ba3928bd23b115c5dc49801d93"));
    }

    @Test
    void severalImagesComeInTheirOrder() throws IOException {
        assertThat(LoadedNames.parse(Golden.text("load-two.json")))
                .containsExactly("127.0.0.1:5598/os:share", "127.0.0.1:5598/os:label1");
    }
}
