package org.opensuse.containersnap.client.story;

import static org.opensuse.containersnap.client.story.Caller.OPTIONS;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.story.PowerCutter.End;
import org.opensuse.containersnap.client.story.PowerCutter.Reply;
import org.opensuse.containersnap.client.story.PowerCutter.Told;

/// Callers who at the same time make whatever changes there are, at random, and keep what they are told in a [Ledger].
final class MixedRun implements AutoCloseable {
    /// So many snapshots that copies are read in a moment.
    private static final int ENOUGH = 8;

    private final Lab lab;
    private final Ledger ledger;
    private final List<Source> sources;
    private final List<PowerCutter> callers = new ArrayList<>();
    private final List<CompletableFuture<?>> work = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private volatile boolean stopped;

    /// Where an image comes from.
    ///
    /// @param method that brings it
    record Source(String image, String method, String argument) {}

    MixedRun(Lab lab, Ledger ledger, List<Source> sources) {
        this.lab = lab;
        this.ledger = ledger;
        this.sources = sources;
    }

    void start(int count, Random random) {
        for (int i = 0; i < count; i++) {
            PowerCutter cutter = new PowerCutter(lab);
            callers.add(cutter);
            User user = new User(cutter, new Random(random.nextLong()));
            work.add(CompletableFuture.runAsync(
                    () -> {
                        while (!stopped) {
                            user.doSomething();
                        }
                    },
                    threads));
        }
    }

    /// Kills the service, which the next call starts again.
    void kill() {
        lab.bash(
                        "pid=$(busctl call org.freedesktop.DBus / org.freedesktop.DBus GetConnectionUnixProcessID s \"$1\" "
                                + "2>/dev/null) && kill -KILL \"${pid#u }\" || true",
                        Machine.BUS_NAME)
                .ok();
    }

    /// Lets each caller end what it does.
    @Override
    public void close() {
        stopped = true;
        try {
            work.forEach(CompletableFuture::join);
        } finally {
            threads.shutdownNow();
            callers.forEach(PowerCutter::close);
        }
    }

    private final class User {
        private final PowerCutter cutter;
        private final Random random;

        private User(PowerCutter cutter, Random random) {
            this.cutter = cutter;
            this.random = random;
        }

        private void doSomething() {
            List<String> snapshots = ledger.snapshots();
            int choice = random.nextInt(100);
            if (choice < 20 || snapshots.isEmpty()) {
                bring(any(sources), choice < 8);
            } else if (choice < 30) {
                deleteImage(any(sources).image());
            } else if (choice < 55 && snapshots.size() < ENOUGH) {
                create(any(snapshots));
            } else if (choice < 70) {
                switchTo(any(snapshots));
            } else {
                List<String> works = snapshots.stream()
                        .filter(each -> each.contains("-work"))
                        .toList();
                if (!works.isEmpty() && choice < 80) {
                    setReadOnly(any(works), random.nextBoolean());
                } else if (!works.isEmpty()) {
                    delete(any(works));
                }
            }
        }

        private <T> T any(List<T> things) {
            return things.get(random.nextInt(things.size()));
        }

        private void bring(Source source, boolean cancel) {
            History<Boolean>.Change change = ledger.presence(source.image()).begin(true, System.nanoTime());
            Told told = cutter.call(Machine.TOP, "Manager." + source.method(), Bus.text(source.argument()), OPTIONS);
            settle(change, told, cancel);
        }

        private void deleteImage(String image) {
            History<Boolean>.Change change = ledger.presence(image).begin(false, System.nanoTime());
            settle(change, call("Manager.DeleteImage", Bus.text(image)), false);
        }

        /// Takes down what is told of a job.
        private void settle(History<?>.Change change, Told told, boolean cancel) {
            Reply reply = PowerCutter.await(told.reply());
            if (!reply.error().isEmpty()) {
                settle(change, reply);
                return;
            }
            String path = told.value();
            long number = Long.parseLong(path.substring(path.lastIndexOf('/') + 1));
            ledger.accepted(number, reply.heard());
            if (cancel) {
                PowerCutter.await(cutter.call(path, "Job.Cancel", OPTIONS).reply());
            }
            End end = PowerCutter.await(told.end());
            if (end.state().equals(PowerCutter.GONE)) {
                change.lost(end.heard());
                return;
            }
            ledger.ended(number, end.state(), end.heard());
            if (end.state().equals("succeeded")) {
                change.told(end.heard());
            } else {
                change.refused(end.heard());
                ledger.refused(end.error(), end.text());
            }
        }

        private void create(String base) {
            Ledger.Creation creation = ledger.creating(base, System.nanoTime());
            Told told = call("Manager.CreateSnapshot", Bus.text(base));
            Reply reply = PowerCutter.await(told.reply());
            if (reply.error().isEmpty()) {
                ledger.created(creation, told.value(), reply.heard());
            } else if (!lost(reply)) {
                creation.refused();
                ledger.refused(reply.error(), reply.text());
            }
        }

        private void switchTo(String snapshot) {
            History<String>.Change change = ledger.next().begin(snapshot, System.nanoTime());
            settle(
                    change,
                    PowerCutter.await(
                            call("Manager.SwitchTo", Bus.text(snapshot)).reply()));
        }

        private void setReadOnly(String snapshot, boolean readOnly) {
            History<Boolean>.Change change = ledger.readOnly(snapshot).begin(readOnly, System.nanoTime());
            Told told = call("Manager.SetReadOnly", Bus.text(snapshot), Boolean.toString(readOnly));
            settle(change, PowerCutter.await(told.reply()));
        }

        private void delete(String snapshot) {
            History<Boolean>.Change change = ledger.presence(snapshot).begin(false, System.nanoTime());
            settle(
                    change,
                    PowerCutter.await(
                            call("Manager.DeleteSnapshot", Bus.text(snapshot)).reply()));
        }

        private void settle(History<?>.Change change, Reply reply) {
            if (reply.error().isEmpty()) {
                change.told(reply.heard());
            } else if (lost(reply)) {
                change.lost(reply.heard());
            } else {
                change.refused(reply.heard());
                ledger.refused(reply.error(), reply.text());
            }
        }

        private Told call(String method, String... arguments) {
            List<String> all = new ArrayList<>(List.of(arguments));
            all.add(OPTIONS);
            return cutter.call(Machine.TOP, method, all.toArray(String[]::new));
        }
    }

    /// Whether the service went before it could answer.
    private static boolean lost(Reply reply) {
        return reply.error().startsWith(Bus.STANDARD_ERROR);
    }
}
