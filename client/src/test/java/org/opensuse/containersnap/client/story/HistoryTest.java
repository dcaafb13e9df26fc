package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HistoryTest {
    private final History<String> thing = new History<>("old");

    @Test
    void itIsWhatItBeganAs() {
        assertThat(thing.possible(5, 6)).containsExactly("old");
    }

    @Test
    void whatWasToldIsAllThatItMayBe() {
        thing.begin("new", 10).told(20);

        assertThat(thing.possible(21, 22)).containsExactly("new");
    }

    @Test
    void whatBeganAndIsNotToldMayBeOrNot() {
        thing.begin("new", 10).told(20);

        assertThat(thing.possible(15, 16)).containsExactlyInAnyOrder("old", "new");
        assertThat(thing.possible(5, 11)).containsExactlyInAnyOrder("old", "new");
        assertThat(thing.possible(5, 9)).containsExactly("old");
    }

    @Test
    void ofTwoAtOnceEitherMayBeTheLast() {
        History<String>.Change one = thing.begin("one", 10);
        History<String>.Change other = thing.begin("other", 12);
        one.told(20);
        other.told(15);

        assertThat(thing.possible(30, 31)).containsExactlyInAnyOrder("one", "other");
        thing.begin("last", 40).told(50);
        assertThat(thing.possible(60, 61)).containsExactly("last");
    }

    @Test
    void whatWasRefusedIsNotButMayHaveBeenOnItsWay() {
        thing.begin("new", 10).refused(20);

        assertThat(thing.possible(15, 30)).containsExactlyInAnyOrder("old", "new");
        assertThat(thing.possible(20, 30)).containsExactly("old");
    }

    @Test
    void whatNobodyTellsMayBeUntilSomethingElseIsTold() {
        thing.begin("new", 10).lost(20);

        assertThat(thing.possible(30, 31)).containsExactlyInAnyOrder("old", "new");
        thing.begin("late", 15).told(35);
        assertThat(thing.possible(40, 41)).containsExactlyInAnyOrder("new", "late");
        thing.begin("last", 50).told(60);
        assertThat(thing.possible(70, 71)).containsExactly("last");
    }

    @Test
    void whatNobodyTellsReplacesNothing() {
        thing.begin("new", 10).told(20);
        thing.begin("old", 30).lost(40);

        assertThat(thing.possible(50, 51)).containsExactlyInAnyOrder("new", "old");
    }
}
