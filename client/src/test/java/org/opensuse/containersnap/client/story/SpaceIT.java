package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Lab.Result;
import org.opensuse.containersnap.client.lab.RegistryImage;

/// Where the file system has no room for an image, whoever asks learns how much it lacks before anything is
/// fetched.
class SpaceIT {
    private static final String FILLER = "/var/lib/container-snap/filler";

    @RegisterExtension
    final Lab lab = Lab.machine();

    private final Machine machine = new Machine(lab);
    private final Bus bus = new Bus(lab);

    @Test
    void aPullThatDoesNotFitIsRefusedWithBothNumbersAndWorksOnceThereIsRoom() throws Exception {
        machine.pull("tiny:1");
        List<String> before = machine.traces();
        long compressed = RegistryImage.read(lab.registry(), "bootable", "1").layerBytes();
        leaveFree(compressed * 2);

        Result pull = lab.snap("pull", lab.image("bootable:1"));

        assertThat(pull.status()).isEqualTo(1);
        assertThat(pull.out()).isEmpty();
        String line = pull.err().lines().toList().getLast();
        assertThat(line)
                .matches("container-snap: no space left on the file system to pull docker://" + lab.image("bootable:1")
                        + ": it needs at least [0-9.]+ [KM]iB, [0-9.]+ [KM]iB were free; "
                        + "make room first, such as by deleting images or snapshots");
        assertThat(requests()).contains("/v2/bootable/manifests/").doesNotContain("/v2/bootable/blobs/");
        Bus.Job job = bus.lastJob();
        long needed = number(job, "bytes_needed");
        long free = number(job, "bytes_free");
        assertThat(needed).isEqualTo(compressed * 5 / 2);
        assertThat(free).isPositive().isLessThan(needed);
        assertThat(machine.json("jobs"))
                .contains("[1].error_data.bytes_needed " + needed, "[1].error_data.bytes_free " + free)
                .contains("[0].error_data {}");

        lab.run("rm", FILLER).ok();
        assertThat(machine.traces()).containsExactlyElementsOf(before);
        machine.pull("bootable:1");
        assertThat(requests()).contains("/v2/bootable/blobs/");
        assertThat(bus.lastJob().get("ErrorData")).isEqualTo("0");
    }

    /// What podman asked the registry for.
    private String requests() throws IOException {
        try (Stream<String> lines = Files.lines(lab.scratch().resolve("logs/registry.log"))) {
            return lines.filter(line -> line.contains("\"containers/")).collect(Collectors.joining("\n"));
        }
    }

    private void leaveFree(long bytes) {
        lab.bash(
                        "free=$(df -B1 --output=avail /var/lib/container-snap | tail -n 1); "
                                + "fallocate -l $((free - $2)) \"$1\"; btrfs filesystem sync /",
                        FILLER,
                        Long.toString(bytes))
                .ok();
    }

    private static long number(Bus.Job job, String key) {
        String data = job.get("ErrorData");
        assertThat(data).contains('"' + key + "\" t ");
        return Long.parseLong(data.replaceFirst(".*\"" + key + "\" t (\\d+).*", "$1"));
    }
}
