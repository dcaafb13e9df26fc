package org.opensuse.containersnap.hook;

import java.nio.file.Path;
import java.time.Duration;
import org.opensuse.containersnap.engine.HookListener;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// A process that runs hooks, says what they print, and is then killed by the test.
final class KilledHooks {
    private KilledHooks() {}

    /// Takes a snapshot's ID, the root of the machine, and that of the snapshot.
    public static void main(String[] arguments) throws Failure, InterruptedException {
        DeployHooks.of(Path.of(arguments[1]), Duration.ofHours(1))
                .run(SnapshotId.parse(arguments[0]), Path.of(arguments[2]), new Announcement());
    }

    private static final class Announcement implements HookListener {
        @Override
        public void begins(Path hook, int number, int count, boolean cancelable) {
            // The test waits for what it prints.
        }

        @Override
        public void line(Path hook, String line) {
            System.out.println(line);
            System.out.flush();
        }
    }
}
