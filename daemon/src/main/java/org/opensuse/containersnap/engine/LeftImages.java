package org.opensuse.containersnap.engine;

import java.util.Optional;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.step.Steps;

/// The images that the machine went back from, or that can't be booted, until somebody chooses one of them.
/// Nothing deploys them by itself.
final class LeftImages {
    private final Records records;

    LeftImages(Records records) {
        this.records = records;
    }

    boolean has(ImageId image) throws Failure {
        return records.left().contains(image);
    }

    /// Adds a step after which one image is left and another is not.
    Steps step(Steps steps, Optional<ImageId> leave, Optional<ImageId> take) throws Failure {
        Optional<ImageId> left = Optional.empty();
        Optional<ImageId> taken = Optional.empty();
        if (leave.isPresent() && !has(leave.get())) {
            left = leave;
        }
        if (take.isPresent() && has(take.get())) {
            taken = take;
        }
        if (left.isEmpty() && taken.isEmpty()) {
            return steps;
        }
        Optional<ImageId> more = left;
        Optional<ImageId> less = taken;
        return steps.step("left", () -> settle(more, less), () -> settle(less, more));
    }

    /// Takes note that the machine went back from one image, and that somebody chose another again, durable
    /// with the next commit.
    void settle(Optional<ImageId> leave, Optional<ImageId> take) throws Failure {
        if (take.isPresent()) {
            records.removeLeft(take.get());
        }
        if (leave.isPresent()) {
            records.writeLeft(leave.get());
        }
    }
}
