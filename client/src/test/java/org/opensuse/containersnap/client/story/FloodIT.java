package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;
import org.opensuse.containersnap.client.lab.Lab;

/// A user who keeps the service as busy as they can does not keep the others from it.
@Isolated("it measures time")
class FloodIT {
    private static final double MOST_TIMES_AS_LONG = 2.0;

    @RegisterExtension
    static final Lab lab = Lab.machine();

    private static final Machine machine = new Machine(lab);

    @BeforeAll
    static void fill() {
        String image = machine.pull("tiny:1");
        machine.create(image);
    }

    /// The flood stops and goes on, again and again, so that both figures come from the same minutes.
    @Test
    void oneFloodingUserDoesNotSlowTheOthersDown() throws IOException {
        Process measuring = lab.start(resource("flood-meter"), resource("flooder"));
        try (BufferedReader out = measuring.inputReader()) {
            String line = out.readLine();
            System.out.println("a user floods the service, and root's calls take (ms without, with): " + line);
            assertThat(line).as("what the meter prints").isNotNull();
            assertThat(Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                    .isLessThanOrEqualTo(MOST_TIMES_AS_LONG);
        }
    }

    private static String resource(String name) {
        return lab.inside(Path.of("src/test/resources", name));
    }
}
