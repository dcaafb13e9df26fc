package org.opensuse.containersnap.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.opensuse.containersnap.engine.Records.ImageRecord;
import org.opensuse.containersnap.snapshot.ImageId;

class ImageRecordTest {
    private static final ImageId IMAGE = new ImageId("0123456789abcdef".repeat(4));
    private static final ImageRecord OLD =
            new ImageRecord(IMAGE, Optional.of("docker://localhost/old:1"), Optional.of("1"), true, 3, false);

    @Test
    void anArrivalThatIsUndoneLeavesNoTrace() {
        assertThat(OLD.withOrigin("docker://localhost/new:1").withoutArrival(Optional.of(OLD)))
                .isEqualTo(OLD);
        assertThat(ImageRecord.none(IMAGE)
                        .withOrigin("docker://localhost/new:1")
                        .withRoot(true)
                        .withoutArrival(Optional.empty()))
                .isEqualTo(ImageRecord.none(IMAGE));
    }

    @Test
    void numbersThatWereGivenSinceAreNotGivenAgain() {
        assertThat(OLD.withLastWork(7).withoutArrival(Optional.of(OLD))).isEqualTo(OLD.withLastWork(7));
        assertThat(ImageRecord.none(IMAGE).withLastWork(7).withoutArrival(Optional.empty()))
                .isEqualTo(ImageRecord.none(IMAGE).withLastWork(7));
    }

    @Test
    void aRootThatWasDeletedSinceDoesNotCount() {
        assertThat(OLD.withRoot(false).withoutArrival(Optional.of(OLD))).isEqualTo(OLD.withRoot(false));
    }

    @Test
    void aDeletionThatEndedOrBeganSinceIsNotForgotten() {
        assertThat(OLD.withoutArrival(Optional.of(OLD.withDeleting(true)))).isEqualTo(OLD);
        assertThat(OLD.withDeleting(true).withoutArrival(Optional.of(OLD))).isEqualTo(OLD.withDeleting(true));
    }
}
