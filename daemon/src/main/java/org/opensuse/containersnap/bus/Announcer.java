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

/// Tells the bus what became different of the manager, the images and the snapshots: compares what is there with what
/// it told last. Jobs tell of themselves.
///
/// Works on one thread of its own, so that no caller waits for it; changes that come while it works are told together.
final class Announcer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Announcer.class);
    private static final String EMITS_VALUE = "true";

    private final ObjectSignals signals;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("announcer").factory());
    private final AtomicBoolean pending = new AtomicBoolean();
    private volatile Watched watched = List::of;
    private Map<String, Known> told = Map.of();

    Announcer(ObjectSignals signals) {
        this.signals = signals;
    }

    /// What is compared: the manager and the objects below it.
    @FunctionalInterface
    interface Watched {
        List<BusObject<?>> objects() throws Failure, InterruptedException;
    }

    private record Known(Contract.Interface contract, Map<String, TypedValue> properties) {}

    /// Takes what is there as told, and watches it from now on.
    void begin(Watched objects) throws Failure, InterruptedException {
        watched = objects;
        Map<String, Known> now = new LinkedHashMap<>();
        for (BusObject<?> object : objects.objects()) {
            now.put(object.path(), new Known(object.contract(), object.readAll()));
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

    @Override
    public void close() {
        thread.shutdownNow();
    }

    private void compare() {
        pending.set(false);
        try {
            Map<String, Known> now = new LinkedHashMap<>();
            // First what came, so that no property names an object that was not told of.
            for (BusObject<?> object : watched.objects()) {
                now.put(object.path(), new Known(object.contract(), object.readAll()));
                if (!told.containsKey(object.path()) && !object.manager()) {
                    signals.added(object);
                }
            }
            told.forEach((path, before) -> {
                Known known = now.get(path);
                if (known != null) {
                    tellDifferences(path, before, known);
                }
            });
            told.forEach((path, known) -> {
                if (!now.containsKey(path)) {
                    signals.removed(path, known.contract());
                }
            });
            told = now;
        } catch (Failure e) {
            log.warn("can't look for changes: {}", e.line());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void tellDifferences(String path, Known before, Known now) {
        Map<String, TypedValue> different = new LinkedHashMap<>();
        now.properties().forEach((name, value) -> {
            Contract.Property property = now.contract().properties().get(name);
            if (property != null
                    && property.changes().equals(EMITS_VALUE)
                    && !value.equals(before.properties().get(name))) {
                different.put(name, value);
            }
        });
        if (!different.isEmpty()) {
            signals.changed(path, now.contract(), different);
        }
    }
}
