package org.opensuse.containersnap.bus;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.wire.TypedValue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the bus what became different of the manager, the images and the snapshots, whoever did it: compares what is
/// there with what it told last. Jobs tell of themselves.
///
/// It looks when this service has changed something, when the kernel tells of a change, and when somebody reads
/// anything else than what was told; what the kernel does not tell, such as another default subvolume, is noticed so.
///
/// Works on one thread of its own, so that no caller waits for it; changes that come while it works are told together.
final class Announcer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Announcer.class);

    private final ObjectSignals signals;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("announcer").factory());
    private final AtomicBoolean pending = new AtomicBoolean();
    private final HalfDone halfDone = new HalfDone();
    private volatile Watched watched = List::of;
    private volatile Map<String, Known> told = Map.of();

    /// Whether somebody read since the look at work began: what they read was held against what was told before it.
    private volatile boolean readMeanwhile;

    private String lastComplaint = "";

    Announcer(ObjectSignals signals) {
        this.signals = signals;
    }

    /// What is compared: the manager and the objects below it.
    interface Watched {
        List<BusObject<?>> objects() throws Failure, InterruptedException;

        /// Whether a pull or load at work may have brought the object, and would take it away again when it fails.
        default boolean mayGo(BusObject<?> object) throws Failure {
            return false;
        }
    }

    /// What an operation does, which undoes its half when it fails.
    interface Undoable<T> {
        T run() throws Failure, InterruptedException;
    }

    /// Takes what is there as told, and watches it from now on.
    void begin(Watched objects) throws Failure, InterruptedException {
        watched = objects;
        Map<String, Known> now = new LinkedHashMap<>();
        for (BusObject<?> object : objects.objects()) {
            now.put(object.path(), Known.of(object));
        }
        told = now;
    }

    /// Says that something may have become different.
    void changed() {
        if (pending.compareAndSet(false, true)) {
            try {
                thread.execute(this::compare);
            } catch (RejectedExecutionException e) {
                log.debug("stopping, a change is not told", e);
            }
        }
    }

    /// Runs an operation, and tells what came of it when it has ended.
    <T> T after(HalfDone.Kind kind, Undoable<T> operation) throws Failure, InterruptedException {
        halfDone.begin(kind);
        try {
            return operation.run();
        } finally {
            halfDone.end(kind);
            changed();
        }
    }

    /// Says what somebody reads of an object, which is what was told unless somebody changed it behind the service.
    void read(String path, Map<String, TypedValue> properties) {
        readMeanwhile = true;
        Known known = told.get(path);
        if (known == null
                ? Paths.image(path).isPresent() || Paths.snapshot(path).isPresent()
                : !known.agrees(properties)) {
            changed();
        }
    }

    /// Says how many objects somebody reads that have an interface. Jobs tell of themselves.
    void read(String kind, int count) {
        readMeanwhile = true;
        long known = told.values().stream()
                .filter(one -> one.contract().name().equals(kind))
                .count();
        if (known != count && !kind.equals(Contract.JOB)) {
            changed();
        }
    }

    /// Says that somebody asked for an object that is not there.
    void missed(String path) {
        if (told.containsKey(path)) {
            changed();
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }

    private void compare() {
        pending.set(false);
        readMeanwhile = false;
        try {
            Map<String, Known> before = told;
            Map<String, BusObject<?>> there = new LinkedHashMap<>();
            Map<String, Known> now = readAll(there);
            settle(before, now, there);
            tell(before, now, there);
            told = now;
            lastComplaint = "";
            if (readMeanwhile && !now.equals(before)) {
                changed();
            }
        } catch (Failure e) {
            complain(e.line());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private Map<String, Known> readAll(Map<String, BusObject<?>> there) throws Failure, InterruptedException {
        halfDone.beginReading();
        Map<String, Known> now = new LinkedHashMap<>();
        for (BusObject<?> object : watched.objects()) {
            there.put(object.path(), object);
            now.put(object.path(), Known.of(object));
        }
        return now;
    }

    /// Takes out of what was read what is only half done.
    private void settle(Map<String, Known> before, Map<String, Known> now, Map<String, BusObject<?>> there)
            throws Failure {
        if (halfDone.met(HalfDone.Kind.BRINGING)) {
            for (BusObject<?> object : there.values()) {
                if (!before.containsKey(object.path()) && watched.mayGo(object)) {
                    now.remove(object.path());
                }
            }
        }
        if (halfDone.met(HalfDone.Kind.DELETING)) {
            before.forEach((path, known) -> {
                if (known.image()) {
                    now.put(path, known);
                }
            });
        }
    }

    /// First what came, so that no property names an object that was not told of.
    private void tell(Map<String, Known> before, Map<String, Known> now, Map<String, BusObject<?>> there)
            throws Failure, InterruptedException {
        for (Map.Entry<String, Known> entry : now.entrySet()) {
            Known known = before.get(entry.getKey());
            BusObject<?> object = there.get(entry.getKey());
            if (object != null && known != null && entry.getValue().replaced(known)) {
                signals.removed(entry.getKey(), known.contract());
                signals.added(object);
            } else if (object != null && known == null && !object.manager()) {
                signals.added(object);
            }
        }
        now.forEach((path, known) -> {
            Known last = before.get(path);
            if (last != null && !known.replaced(last)) {
                Map<String, TypedValue> different = known.differences(last);
                if (!different.isEmpty()) {
                    signals.changed(path, known.contract(), different);
                }
            }
        });
        before.forEach((path, known) -> {
            if (!now.containsKey(path)) {
                signals.removed(path, known.contract());
            }
        });
    }

    /// The same is said once: each read may look again.
    private void complain(String line) {
        if (!line.equals(lastComplaint)) {
            lastComplaint = line;
            log.warn("can't look for changes: {}", line);
        }
    }
}
