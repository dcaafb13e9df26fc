package org.opensuse.containersnap.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.engine.Retention.Candidate;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;

class RetentionTest {
    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
    private static final ImageId A = new ImageId("aa".repeat(32));
    private static final ImageId B = new ImageId("bb".repeat(32));

    private static Candidate candidate(ImageId image, long work, int daysAgo) {
        return new Candidate(new SnapshotId(image, work), NOW.minus(Duration.ofDays(daysAgo)), true);
    }

    private static Retention keep(long last, long days) {
        return new Retention(last, days, OptionalLong.empty());
    }

    @Test
    void theLastAndTheYoungStayAndThenTheImagesOfThose() {
        List<Candidate> all = List.of(
                candidate(A, 0, 40),
                candidate(A, 1, 39),
                candidate(A, 2, 38),
                candidate(B, 0, 20),
                candidate(B, 1, 19),
                candidate(B, 2, 1));

        assertThat(keep(0, 0).choose(all, NOW).stream().map(SnapshotId::work)).containsExactly(1L, 2L, 1L, 2L, 0L, 0L);
        assertThat(keep(1, 0).choose(all, NOW))
                .containsExactly(
                        new SnapshotId(A, 1), new SnapshotId(A, 2), new SnapshotId(B, 1), new SnapshotId(A, 0));
        assertThat(keep(0, 30).choose(all, NOW))
                .containsExactly(new SnapshotId(A, 1), new SnapshotId(A, 2), new SnapshotId(A, 0));
        assertThat(keep(3, 0).choose(all, NOW)).containsExactly(new SnapshotId(A, 1));
        assertThat(keep(4, 0).choose(all, NOW)).isEmpty();
        assertThat(keep(Long.MAX_VALUE, Retention.MOST_DAYS).choose(all, NOW)).isEmpty();
    }

    @Test
    void anImageThatWasJustPulledStays() {
        assertThat(keep(0, 1).choose(List.of(candidate(A, 0, 0)), NOW)).isEmpty();
    }

    /// Of any snapshots: nothing goes that must stay, is young, is among the last, or is the image of one that
    /// stays; all else goes, once; and when it is gone there is no more to do.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatGoesIsAllThatNothingKeeps(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            List<Candidate> all = history(random);
            Retention retention = keep(random.nextInt(5), random.nextInt(30));

            List<SnapshotId> go = retention.choose(all, NOW);

            assertThat(go).doesNotHaveDuplicates();
            List<Candidate> left =
                    all.stream().filter(each -> !go.contains(each.id())).toList();
            for (Candidate each : all) {
                assertThat(go.contains(each.id()))
                        .as("%s of %s with %s", each, all, retention)
                        .isEqualTo(!kept(each, all, left, retention));
            }
            assertThat(retention.choose(left, NOW)).isEmpty();
        }
    }

    private static boolean kept(Candidate each, List<Candidate> all, List<Candidate> left, Retention retention) {
        boolean young = Duration.between(each.created(), NOW).compareTo(Duration.ofDays(retention.keepDays())) < 0;
        if (!each.free() || young) {
            return true;
        }
        if (each.id().pristine()) {
            return left.stream()
                    .anyMatch(other -> !other.id().pristine()
                            && other.id().image().equals(each.id().image()));
        }
        long later = all.stream()
                .skip(all.indexOf(each) + 1L)
                .filter(other -> !other.id().pristine())
                .count();
        return later < retention.keepLast();
    }

    private static List<Candidate> history(Random random) {
        List<Candidate> all = new ArrayList<>();
        for (int image = 0; image < random.nextInt(4); image++) {
            ImageId id = new ImageId(Integer.toHexString(10 + image).repeat(64));
            for (int work = random.nextInt(2); work < random.nextInt(6); work++) {
                Instant created = NOW.minus(Duration.ofHours(random.nextInt(40 * 24)));
                all.add(new Candidate(new SnapshotId(id, work), created, random.nextInt(5) != 0));
            }
        }
        all.sort(Comparator.comparing(Candidate::created));
        return all;
    }
}
