package org.opensuse.containersnap.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.step.StepWatch;

class FailPointsTest {
    @TempDir
    private Path lab;

    private StepWatch inLab(String text) throws IOException {
        return FailPoints.of(Map.of(FailPoints.VARIABLE, text), lab);
    }

    @Test
    void aRealMachineHasNone() throws IOException {
        assertThat(FailPoints.of(Map.of(), lab)).isSameAs(StepWatch.NONE);
        assertThatThrownBy(() -> FailPoints.of(Map.of(FailPoints.VARIABLE, "fail:switch/sync"), lab.resolve("nothing")))
                .isInstanceOf(IOException.class)
                .hasMessage("CONTAINER_SNAPD_FAIL_POINT is set, which is for dev/lab alone; unset it");
    }

    @Test
    void aStepFailsThatATestWantsToFail() throws Exception {
        StepWatch watch = inLab("fail:switch/sync,fail:take-root/snapshot#2");

        watch.next("switch", "default");
        watch.next("take-root", "snapshot");
        watch.done("switch");
        assertThatThrownBy(() -> watch.next("switch", "sync")).hasMessage("a test has switch/sync fail");
        assertThatThrownBy(() -> watch.next("take-root", "snapshot")).hasMessageContaining("take-root/snapshot");
        assertThatCode(() -> watch.next("switch", "sync")).doesNotThrowAnyException();
    }

    @Test
    void aStepIsDelayed() throws Exception {
        StepWatch watch = inLab("delay=60000:switch/sync");
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> watch.next("switch", "sync")).isInstanceOf(InterruptedException.class);
    }

    @Test
    void aDelayEndsWhenTheTestHasDoneWhatItHadToDo() throws Exception {
        StepWatch watch = inLab("delay=60000:switch/sync");
        Files.createFile(lab.resolve("go-on"));

        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> watch.next("switch", "sync"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"kill", "kill:switch", "stop:switch/sync", "delay:switch/sync", "kill:switch/sync#0", ","})
    void whatNobodyUnderstandsStopsTheStart(String text) {
        assertThatThrownBy(() -> inLab(text)).isInstanceOf(IOException.class).hasMessageContaining("expected trace");
    }
}
