package org.opensuse.containersnap.job;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.opensuse.containersnap.kernel.ThreadClock;
import org.opensuse.containersnap.snapshot.Failure.LimitsExceeded;
import org.opensuse.containersnap.snapshot.Failure.Stopping;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs the tasks of users side by side. A task waits for others of its user, never for another user's.
///
/// Tasks run on platform threads, not virtual ones: they spend their time in system calls through the foreign
/// function API, which pin a virtual thread's carrier, and a btrfs commit on each core would then hold up
/// everything.
public final class Turns {
    private static final Logger log = LoggerFactory.getLogger(Turns.class);
    private static final long ROOT = 0;

    /// How long a thread stays without work. Each keeps buffers of 20 KiB.
    private static final Duration IDLE = Duration.ofSeconds(10);

    private static final ThreadLocal<Turn> CURRENT = new ThreadLocal<>();

    private final String task;
    private final ExecutorService threads;
    private final LongSupplier threadNanos;
    private final Limits root;
    private final Limits others;
    private final Map<Long, User> users = new HashMap<>();
    private boolean closed;

    /// @param task what a task is called, such as `job`
    public Turns(String task, Limits root, Limits others) {
        this(task, root, others, new ThreadClock()::nanos);
    }

    /// @param threadNanos processor time of the calling thread
    Turns(String task, Limits root, Limits others, LongSupplier threadNanos) {
        this.task = task;
        this.threadNanos = threadNanos;
        this.threads = new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                IDLE.toSeconds(),
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                Thread.ofPlatform().name(task + "-", 1).factory());
        this.root = root;
        this.others = others;
    }

    /// How much a user may ask for.
    ///
    /// @param atOnce tasks that run at the same time; more wait
    /// @param accepted tasks that run or wait; more are refused
    /// @param paced whether a task waits when those before it used up the user's processor time
    public record Limits(int atOnce, int accepted, boolean paced) {}

    /// A task's place among those of its user. It is kept until the task that was put on it has ended, or until
    /// it is given back.
    public interface Place extends AutoCloseable {
        /// Puts a task on the place; it runs as soon as it is its turn.
        void run(Runnable task);

        /// Gives the place back, unless a task was put on it.
        @Override
        void close();
    }

    /// Time that a task spends waiting for a person, in which another task of its user may run.
    public interface Away extends AutoCloseable {
        @Override
        void close();
    }

    private static final class User {
        private final Queue<Runnable> waiting = new ArrayDeque<>();
        private final Budget budget = new Budget(System.nanoTime());
        private boolean saving;
        private int running;
        private int accepted;
    }

    private final class Taken implements Place {
        private final long uid;
        private final User user;
        private boolean used;

        private Taken(long uid, User user) {
            this.uid = uid;
            this.user = user;
        }

        @Override
        public void run(Runnable task) {
            synchronized (users) {
                used = true;
                user.waiting.add(task);
                startNext(uid, user);
            }
        }

        @Override
        public void close() {
            synchronized (users) {
                if (!used) {
                    used = true;
                    giveBack(user);
                }
            }
        }
    }

    private record Turn(Turns turns, long uid) {}

    /// Takes a place for a task of a user.
    ///
    /// @throws LimitsExceeded when the user has too many tasks already
    /// @throws Stopping when no tasks are taken any more
    public Place take(long uid) throws LimitsExceeded, Stopping {
        synchronized (users) {
            if (closed) {
                throw new Stopping();
            }
            forgetSavers();
            User user = users.computeIfAbsent(uid, _ -> new User());
            int most = limits(uid).accepted();
            if (user.accepted >= most) {
                throw new LimitsExceeded("user " + uid + " has " + most + " " + task
                        + "s that have not ended, and may not have more; wait for one to end");
            }
            user.accepted++;
            return new Taken(uid, user);
        }
    }

    /// Whether a place is taken.
    public boolean busy() {
        synchronized (users) {
            return users.values().stream().anyMatch(user -> user.accepted > 0);
        }
    }

    /// Begins to wait for a person, in a task; elsewhere it does nothing.
    public static Away away() {
        Turn turn = CURRENT.get();
        if (turn == null) {
            return () -> {};
        }
        turn.turns.leave(turn.uid);
        return () -> turn.turns.comeBack(turn.uid);
    }

    /// Takes no more tasks.
    public void close() {
        synchronized (users) {
            closed = true;
            users.forEach(this::startNext);
        }
    }

    /// Waits until all accepted tasks have ended, then lets the threads go; interrupts what has not ended in time.
    ///
    /// @return whether all ended in time
    public boolean awaitEnd(Duration time) throws InterruptedException {
        try {
            return awaitIdle(time);
        } finally {
            threads.shutdownNow();
        }
    }

    /// Waits until nothing runs.
    ///
    /// @return whether that is so
    boolean awaitIdle(Duration time) throws InterruptedException {
        long deadline = System.nanoTime() + time.toNanos();
        synchronized (users) {
            while (busy()) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                Duration wait = Duration.ofNanos(left);
                users.wait(wait.toMillis(), wait.toNanosPart() % 1_000_000);
            }
            return true;
        }
    }

    private Limits limits(long uid) {
        return uid == ROOT ? root : others;
    }

    private void startNext(long uid, User user) {
        Runnable next = takeNext(uid, user);
        if (next != null && !threads.isShutdown()) {
            threads.execute(() -> runAll(uid, user, next));
        }
    }

    private @Nullable Runnable takeNext(long uid, User user) {
        if (user.running >= limits(uid).atOnce() || user.waiting.isEmpty() || mustSave(uid, user)) {
            return null;
        }
        Runnable next = user.waiting.poll();
        if (next != null) {
            user.running++;
        }
        return next;
    }

    /// Whether the user has to wait for processor time. When there is some, the next task starts.
    private boolean mustSave(long uid, User user) {
        Duration wait = limits(uid).paced() ? user.budget.untilSome(System.nanoTime()) : Duration.ZERO;
        if (wait.isZero() || closed) {
            return false;
        }
        if (!user.saving) {
            user.saving = true;
            CompletableFuture<?> _ = CompletableFuture.runAsync(
                    () -> goOn(uid, user),
                    CompletableFuture.delayedExecutor(wait.toNanos(), TimeUnit.NANOSECONDS, threads));
        }
        return true;
    }

    private void goOn(long uid, User user) {
        synchronized (users) {
            user.saving = false;
            startNext(uid, user);
        }
    }

    private void forgetSavers() {
        long now = System.nanoTime();
        users.values().removeIf(user -> user.accepted == 0 && user.budget.full(now));
    }

    private void runAll(long uid, User user, Runnable first) {
        CURRENT.set(new Turn(this, uid));
        Runnable task = first;
        while (task != null) {
            long before = threadNanos.getAsLong();
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                log.error("a {} failed", this.task, e);
            }
            task = end(uid, user, threadNanos.getAsLong() - before);
        }
        CURRENT.remove();
    }

    private @Nullable Runnable end(long uid, User user, long usedNanos) {
        synchronized (users) {
            user.budget.spend(usedNanos, System.nanoTime());
            user.running--;
            giveBack(user);
            return threads.isShutdown() ? null : takeNext(uid, user);
        }
    }

    private void giveBack(User user) {
        user.accepted--;
        if (user.accepted == 0) {
            forgetSavers();
            users.notifyAll();
        }
    }

    private void leave(long uid) {
        synchronized (users) {
            User user = users.get(uid);
            if (user != null) {
                user.running--;
                startNext(uid, user);
            }
        }
    }

    /// May make one more run than do at once, which is better than to make who has just been allowed wait.
    private void comeBack(long uid) {
        synchronized (users) {
            User user = users.get(uid);
            if (user != null) {
                user.running++;
            }
        }
    }
}
