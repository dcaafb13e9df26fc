package org.opensuse.containersnap.client.story;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// What callers asked for and what they were told, and so what a copy of the disk must show, may show and must not.
///
/// Moments are those of [System#nanoTime].
final class Ledger {
    /// How many of the last jobs the service keeps: 50 that have ended, of which some are not known here.
    private static final long JOBS_KEPT = 40;

    private final Map<String, String> prints;
    private final History<String> next;
    private final Map<String, History<Boolean>> presence = new ConcurrentHashMap<>();
    private final Map<String, History<Boolean>> readOnly = new ConcurrentHashMap<>();
    private final List<Creation> creations = new CopyOnWriteArrayList<>();
    private final Map<Long, Long> accepted = new ConcurrentHashMap<>();
    private final Map<Long, Ended> ended = new ConcurrentHashMap<>();
    private final Map<String, List<String>> refusals = new ConcurrentHashMap<>();

    private record Ended(long when, String state) {}

    /// @param prints fingerprints of the images' files, by ID; all are there with their roots
    /// @param next what the next boot takes
    Ledger(Map<String, String> prints, String next) {
        this.prints = Map.copyOf(prints);
        this.next = new History<>(next);
        prints.keySet().forEach(image -> presence.put(image, new History<>(true)));
    }

    /// A snapshot that somebody wants, whose ID is not known before it is told.
    static final class Creation {
        private final String image;
        private final long began;
        private volatile String told = "";
        private volatile boolean refused;
        private volatile long when = Long.MAX_VALUE;

        private Creation(String image, long began) {
            this.image = image;
            this.began = began;
        }

        void refused() {
            refused = true;
        }

        private boolean mayHaveMade(String snapshot, long to) {
            return !refused
                    && began <= to
                    && (told.isEmpty() ? imageOf(snapshot).equals(image) : told.equals(snapshot));
        }
    }

    History<String> next() {
        return next;
    }

    /// Whether a snapshot is there; that of an image, whether the image is.
    History<Boolean> presence(String snapshot) {
        return presence.computeIfAbsent(snapshot, _ -> new History<>(false));
    }

    History<Boolean> readOnly(String snapshot) {
        return readOnly.computeIfAbsent(snapshot, _ -> new History<>(false));
    }

    Creation creating(String base, long when) {
        Creation creation = new Creation(imageOf(base), when);
        creations.add(creation);
        return creation;
    }

    void created(Creation creation, String snapshot, long when) {
        if (presence.containsKey(snapshot)) {
            throw new AssertionError(snapshot + " was made twice");
        }
        presence(snapshot).begin(true, creation.began).told(when);
        creation.told = snapshot;
        creation.when = when;
    }

    void accepted(long job, long when) {
        accepted.put(job, when);
    }

    void ended(long job, String state, long when) {
        ended.put(job, new Ended(when, state));
    }

    void refused(String error, String text) {
        refusals.computeIfAbsent(error.substring(error.lastIndexOf('.') + 1), _ -> new CopyOnWriteArrayList<>())
                .add(text);
    }

    /// The messages of the errors that were the answer, by the errors' names.
    Map<String, List<String>> refusals() {
        return Map.copyOf(refusals);
    }

    /// How many jobs ended, and how many snapshots were made, as far as that was told.
    String count() {
        return ended.size() + " jobs, "
                + creations.stream().filter(each -> !each.told.isEmpty()).count() + " snapshots";
    }

    /// The snapshots that are there, as far as anybody knows.
    List<String> snapshots() {
        long now = System.nanoTime();
        return presence.entrySet().stream()
                .filter(each -> !each.getValue().possible(now, now).contains(false))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    /// What a copy that was made in this time shows and should not.
    List<String> wrong(DiskFacts facts, long from, long to) {
        List<String> wrong = new ArrayList<>(facts.damaged());
        if (!facts.check().equals(DiskFacts.SOUND)) {
            wrong.add(facts.check());
        }
        addAboutDefault(facts, from, to, wrong);
        facts.roots().forEach((snapshot, root) -> addAboutRoot(snapshot, root, from, to, wrong));
        presence.forEach((snapshot, there) -> {
            Set<Boolean> possible = there.possible(from, to);
            if (!possible.contains(true) && facts.roots().containsKey(snapshot)) {
                wrong.add(snapshot + " is there and was deleted");
            }
            if (!possible.contains(false)) {
                addAboutPresent(facts, snapshot, wrong);
            }
        });
        addAboutNumbers(facts, from, wrong);
        addAboutJobs(facts, from, to, wrong);
        return wrong;
    }

    /// What a machine that was started from a copy made in this time shows and should not.
    ///
    /// @param before what the copy showed
    List<String> wrongAfterStart(DiskFacts before, DiskFacts facts, long from, long to) {
        List<String> wrong = new ArrayList<>(facts.damaged());
        wrong.addAll(facts.brokenImages());
        wrong.addAll(facts.wrong());
        if (!facts.next().equals(before.next())) {
            wrong.add("the default is " + facts.next() + " and was " + before.next());
        }
        Set<String> different = new HashSet<>(before.roots().keySet());
        different.addAll(facts.roots().keySet());
        different.removeIf(snapshot ->
                before.roots().containsKey(snapshot) == facts.roots().containsKey(snapshot));
        // What was being brought or deleted may have been completed.
        different.removeIf(snapshot -> {
            History<Boolean> there = presence.get(snapshot);
            return there != null && there.possible(from, to).size() > 1;
        });
        different.forEach(snapshot -> wrong.add(snapshot + " came or went with the start"));
        facts.roots().forEach((snapshot, root) -> {
            // A machine that runs changes its files.
            if (!snapshot.equals(facts.nextSnapshot()) && !root.fingerprint().equals(prints.get(imageOf(snapshot)))) {
                wrong.add(snapshot + " is not whole");
            }
        });
        facts.images().forEach((image, print) -> {
            if (!print.equals(prints.get(image))) {
                wrong.add("the image " + image + " is not whole");
            }
        });
        facts.jobs().forEach((job, state) -> {
            if (state.matches("queued|running")) {
                wrong.add("job " + job + " is " + state);
            }
        });
        return wrong;
    }

    private void addAboutDefault(DiskFacts facts, long from, long to, List<String> wrong) {
        Set<String> possible = next.possible(from, to);
        if (!possible.contains(facts.nextSnapshot())) {
            wrong.add("the default is " + facts.next() + ", not one of " + possible);
        }
        if (facts.nextSnapshot().length() < facts.next().length()
                && !facts.roots().containsKey(facts.nextSnapshot())) {
            wrong.add("the default is not there: " + facts.next());
        }
    }

    private void addAboutRoot(String snapshot, DiskFacts.Root root, long from, long to, List<String> wrong) {
        if (!root.fingerprint().equals(prints.get(imageOf(snapshot)))) {
            wrong.add(snapshot + " is not whole");
        }
        if (!readOnly(snapshot).possible(from, to).contains(root.readOnly())) {
            wrong.add(snapshot + " is read-only: " + root.readOnly());
        }
        if (!prints.containsKey(snapshot) && creations.stream().noneMatch(each -> each.mayHaveMade(snapshot, to))) {
            wrong.add(snapshot + " is there and nobody made it");
        }
    }

    private void addAboutPresent(DiskFacts facts, String snapshot, List<String> wrong) {
        if (!facts.roots().containsKey(snapshot)) {
            wrong.add(snapshot + " is not there");
        }
        if (!facts.records().contains(snapshot)) {
            wrong.add(snapshot + " has no record");
        }
        if (prints.containsKey(snapshot)
                && !prints.get(snapshot).equals(facts.images().get(snapshot))) {
            wrong.add("the image " + snapshot + " is not whole; not whole are " + facts.brokenImages());
        }
    }

    /// A number that was told never comes back.
    private void addAboutNumbers(DiskFacts facts, long from, List<String> wrong) {
        for (Creation creation : creations) {
            if (creation.when <= from && numberOf(creation.told) > highest(facts, creation.image)) {
                wrong.add("the number of " + creation.told + " is forgotten");
            }
        }
    }

    private static long highest(DiskFacts facts, String image) {
        List<String> known = new ArrayList<>(facts.records());
        known.addAll(facts.roots().keySet());
        long highest = facts.lastWork().getOrDefault(image, 0L);
        for (String snapshot : known) {
            if (imageOf(snapshot).equals(image)) {
                highest = Math.max(highest, numberOf(snapshot));
            }
        }
        return highest;
    }

    private void addAboutJobs(DiskFacts facts, long from, long to, List<String> wrong) {
        accepted.forEach((job, when) -> {
            long newer = accepted.entrySet().stream()
                    .filter(other -> other.getKey() > job && other.getValue() <= to)
                    .count();
            if (when <= from && newer < JOBS_KEPT && !facts.jobs().containsKey(job)) {
                wrong.add("job " + job + " has no record");
            }
        });
        ended.forEach((job, end) -> {
            String state = facts.jobs().getOrDefault(job, end.state());
            if (end.when() <= from && !state.equals(end.state())) {
                wrong.add("job " + job + " ended as " + end.state() + " and is " + state);
            }
        });
    }

    private static String imageOf(String snapshot) {
        return snapshot.replaceFirst("-work.*", "");
    }

    private static long numberOf(String snapshot) {
        int work = snapshot.indexOf("-work");
        return work < 0 ? 0 : Long.parseLong(snapshot.substring(work + "-work".length()));
    }
}
