package org.opensuse.containersnap.bus;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.opensuse.containersnap.wire.BusConnection;
import org.opensuse.containersnap.wire.BusError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Notices that nobody has needed the service for a while.
///
/// The name is given back before the end is decided. What was sent to it until then has arrived when the bus confirms
/// that, and keeps the service, which takes the name again; what is sent later starts the service anew. So no call is
/// lost.
final class IdleWatch {
    private static final Logger log = LoggerFactory.getLogger(IdleWatch.class);

    private final BusConnection connection;
    private final BooleanSupplier busy;
    private final CompletableFuture<Void> idle = new CompletableFuture<>();
    private final AtomicLong calls = new AtomicLong();
    private volatile long lastNeeded = System.nanoTime();

    /// @param busy whether a call or job has not ended
    IdleWatch(BusConnection connection, BooleanSupplier busy) {
        this.connection = connection;
        this.busy = busy;
    }

    /// Notes that somebody called.
    void called() {
        lastNeeded = System.nanoTime();
        calls.incrementAndGet();
    }

    /// Begins to watch.
    ///
    /// @return completes when nobody needed the service for so long and the name is given back
    CompletableFuture<Void> begin(Duration time) {
        Thread.ofPlatform().name("idle-watch").daemon().start(() -> {
            try {
                watch(time);
                idle.complete(null);
            } catch (InterruptedException e) {
                log.debug("not watching any more", e);
            } catch (BusError e) {
                log.warn("the service stays, since it can't give back its name: {}", e.getMessage());
            }
        });
        return idle;
    }

    private void watch(Duration time) throws InterruptedException, BusError {
        while (true) {
            long left = lastNeeded + time.toNanos() - System.nanoTime();
            if (left > 0) {
                Thread.sleep(Duration.ofNanos(left));
            } else if (busy.getAsBoolean()) {
                lastNeeded = System.nanoTime();
            } else if (giveBackName()) {
                return;
            }
        }
    }

    private boolean giveBackName() throws BusError {
        long before = calls.get();
        connection.disown(Contract.BUS_NAME);
        if (calls.get() == before && !busy.getAsBoolean()) {
            return true;
        }
        log.info("called in the last moment");
        connection.own(Contract.BUS_NAME);
        return false;
    }
}
