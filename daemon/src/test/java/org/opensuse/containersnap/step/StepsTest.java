package org.opensuse.containersnap.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.step.Steps.Action;

class StepsTest {
    private final List<String> done = new ArrayList<>();

    private final StepWatch watch = new StepWatch() {
        @Override
        public void next(String operation, String step) throws Failure {
            done.add(operation + "/" + step);
        }

        @Override
        public void done(String operation) {
            done.add(operation + "/end");
        }
    };

    private Action does(String what) {
        return () -> done.add(what);
    }

    private static Action fails(String why) {
        return () -> {
            throw new StorageFailed(why, null);
        };
    }

    private Steps steps() {
        return Steps.of("go", watch);
    }

    @Test
    void stepsAreDoneInTheirOrder() throws Exception {
        steps().step("one", does("1"), does("undo 1")).step("two", does("2")).run();

        assertThat(done).containsExactly("go/one", "1", "go/two", "2", "go/end");
    }

    @Test
    void whatCanNotBeUndoneIsTold() {
        Steps steps = steps().step("one", does("1"), fails("busy")).step("two", fails("full"));

        assertThatThrownBy(steps::run)
                .hasMessage("full")
                .satisfies(why -> assertThat(Steps.notUndone(new IllegalStateException(why)))
                        .hasValueSatisfying(left -> assertThat(left.line()).isEqualTo("busy")));
    }

    @Test
    void whatIsUndoneIsNotTold() {
        Steps steps = steps().step("one", does("1"), does("undo 1")).step("two", fails("full"));

        assertThatThrownBy(steps::run)
                .hasMessage("full")
                .satisfies(why -> assertThat(Steps.notUndone(why)).isEmpty());
    }

    @Test
    void anInterruptDoesNotKeepItFromBeingUndone() throws Exception {
        Deque<Action> tries = new ArrayDeque<>(List.of(
                () -> {
                    throw new InterruptedException("while it waits");
                },
                () -> {
                    Thread.currentThread().interrupt();
                    throw new StorageFailed("while it reads", null);
                },
                does("undone")));
        Steps steps = steps().step("one", does("1"), () -> tries.remove().run()).step("two", fails("full"));

        assertThatThrownBy(steps::run).hasMessage("full");

        assertThat(Thread.interrupted()).isTrue();
        assertThat(done).endsWith("undone");
    }

    @Test
    void whenOneFailsThoseBeforeItAreUndoneTheLastOneFirst() {
        Steps steps = steps().step("one", does("1"), does("undo 1"))
                .step("two", does("2"))
                .step("three", does("3"), does("undo 3"))
                .step("four", fails("full"), does("undo 4"))
                .step("five", does("5"), does("undo 5"));

        assertThatThrownBy(steps::run).hasMessage("full");
        assertThat(done)
                .containsExactly(
                        "go/one",
                        "1",
                        "go/two",
                        "2",
                        "go/three",
                        "3",
                        "go/four",
                        "go/undo-three",
                        "undo 3",
                        "go/undo-one",
                        "undo 1");
    }

    @Test
    void aBugIsUndoneToo() {
        Steps steps = steps().step("one", does("1"), does("undo 1")).step("two", () -> {
            throw new IllegalStateException("bug");
        });

        assertThatThrownBy(steps::run).hasMessage("bug");
        assertThat(done).endsWith("undo 1");
    }

    @Test
    void anUndoThatFailsDoesNotKeepTheOthersFromBeingDone() {
        Steps steps = steps().step("one", does("1"), does("undo 1"))
                .step("two", does("2"), fails("stuck"))
                .step("three", fails("full"));

        assertThatThrownBy(steps::run).hasMessage("full");
        assertThat(done).endsWith("undo 1");
    }

    @Test
    void anInterruptDoesNotDisturbTheUndoAndIsKept() {
        Steps steps = steps().step(
                        "one",
                        does("1"),
                        () -> done.add("interrupted " + Thread.currentThread().isInterrupted()))
                .step("two", () -> {
                    Thread.currentThread().interrupt();
                    throw new StorageFailed("broken off", null);
                });

        assertThatThrownBy(steps::run).hasMessage("broken off");
        assertThat(done).endsWith("interrupted false");
        assertThat(Thread.interrupted()).isTrue();
    }
}
