package org.opensuse.containersnap.podman;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import org.opensuse.containersnap.btrfs.BtrfsSubvolumes;
import org.opensuse.containersnap.engine.TransferListener;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageReference;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.step.StepWatch;

/// A process that pulls an image, says `STORING` when podman unpacks it, and is then killed by the test.
final class KilledDaemon {
    private KilledDaemon() {}

    /// Takes the state directory, the run directory, a registries.conf and a reference.
    public static void main(String[] arguments) throws Failure, InterruptedException {
        PodmanSettings settings = new PodmanSettings(
                Path.of("/usr/bin/podman"),
                Path.of(arguments[0]),
                Path.of(arguments[1]),
                Duration.ofMinutes(5),
                Map.of("CONTAINERS_REGISTRIES_CONF", arguments[2]));
        BtrfsSubvolumes subvolumes = new BtrfsSubvolumes(Path.of("/"));
        BtrfsSubvolumes volume = new BtrfsSubvolumes(Path.of(arguments[0]));
        try (PodmanImageStore store = new PodmanImageStore(
                new PodmanService(settings), subvolumes, volume.volume(), _ -> false, StepWatch.NONE)) {
            store.pull(ImageReference.parse(arguments[3]), new Announcement(), _ -> {});
        }
    }

    private static final class Announcement implements TransferListener {
        @Override
        public void progress(Phase phase, long bytesDone, OptionalLong bytesTotal) {
            if (phase == Phase.STORING) {
                System.out.println(phase);
                System.out.flush();
            }
        }

        @Override
        public void pointOfNoReturn(Phase phase) {
            throw new AssertionError("podman has none");
        }

        @Override
        public void created(SnapshotId snapshot) {
            throw new AssertionError("podman makes none");
        }

        @Override
        public void deleted(SnapshotId snapshot) {
            throw new AssertionError("podman makes none");
        }
    }
}
