package org.opensuse.containersnap.engine;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.opensuse.containersnap.snapshot.Failure.Busy;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// Keeps apart what touches the same thing: a lock a snapshot, a lock an image, and one for the default.
///
/// To be taken in that order: image, snapshot, default. Whoever waits longer than [#PATIENCE] gets [Busy] with the
/// words of the holder.
public final class Locks {
    /// Shorter than the 25 seconds after which bus clients give up by themselves.
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private static final String DEFAULT = "default";

    private final Map<String, Entry> entries = new HashMap<>();

    /// A lock that is held until it is closed, by the thread that took it.
    public interface Held extends AutoCloseable {
        @Override
        void close();
    }

    private static final class Entry {
        private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);
        private volatile String holder = "";
        private int users;
    }

    /// For reading from a snapshot: others may read from it too, nobody may change or delete it.
    Held shared(SnapshotId snapshot, String asked) throws Busy, InterruptedException {
        return take(snapshot.toString(), true, asked);
    }

    /// For changing or deleting a snapshot.
    Held exclusive(SnapshotId snapshot, String asked) throws Busy, InterruptedException {
        return take(snapshot.toString(), false, asked);
    }

    /// As [#exclusive], when nobody has it now.
    Optional<Held> exclusiveIfFree(SnapshotId snapshot, String asked) {
        String key = snapshot.toString();
        Entry entry = enter(key);
        Lock lock = entry.lock.writeLock();
        if (!lock.tryLock()) {
            leave(key, entry);
            return Optional.empty();
        }
        entry.holder = asked;
        return Optional.of(() -> {
            lock.unlock();
            leave(key, entry);
        });
    }

    /// For taking an image's root or deleting it.
    Held exclusive(ImageId image, String asked) throws Busy, InterruptedException {
        return take("image " + image, false, asked);
    }

    /// For choosing what the next boot takes.
    Held theDefault(String asked) throws Busy, InterruptedException {
        return take(DEFAULT, false, asked);
    }

    private Held take(String key, boolean shared, String asked) throws Busy, InterruptedException {
        Entry entry = enter(key);
        Lock lock = shared ? entry.lock.readLock() : entry.lock.writeLock();
        boolean taken = false;
        try {
            taken = lock.tryLock(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            if (!taken) {
                leave(key, entry);
            }
        }
        if (!taken) {
            throw new Busy(asked, "'" + entry.holder + "' is at work on the same");
        }
        entry.holder = asked;
        return () -> {
            lock.unlock();
            leave(key, entry);
        };
    }

    private Entry enter(String key) {
        synchronized (entries) {
            Entry entry = entries.computeIfAbsent(key, _ -> new Entry());
            entry.users++;
            return entry;
        }
    }

    private void leave(String key, Entry entry) {
        synchronized (entries) {
            entry.users--;
            if (entry.users == 0) {
                entries.remove(key);
            }
        }
    }
}
