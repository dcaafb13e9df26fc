package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opensuse.containersnap.client.lab.Lab;

/// The disk becomes full at each step of every operation: it is done or not, whoever asked is told why, and when there
/// is
/// space again it works.
class FullDiskIT {
    /// So much is free when an operation begins.
    private static final String FREE_BYTES = Integer.toString(64 << 20);

    private static final String FREE_FILES = "4000";

    @RegisterExtension
    static final Lab lab = Lab.machineWithDiskOf("600M");

    private static final StepWalk walk = new StepWalk(lab, new HashSet<>());
    private static int filled;

    @BeforeAll
    static void begin() {
        walk.begin();
        lab.snap("init").ok();
        lab.run(lab.inside(Path.of("src/test/resources/fill-disk")), "/filled", FREE_BYTES, FREE_FILES)
                .ok();
    }

    @AfterAll
    static void tell() {
        System.out.println("disk full at " + filled + " steps");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "INIT")
    void whatMeetsAFullDiskIsDoneOrNot(Operation operation) {
        int steps = walk.fill(operation);
        filled += steps;

        assertThat(steps).isGreaterThan(1);
    }
}
