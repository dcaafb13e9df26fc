package org.opensuse.containersnap.logind;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.opensuse.containersnap.job.Shutdown;
import org.opensuse.containersnap.kernel.Descriptor;
import org.opensuse.containersnap.logind.SdBus.Method;
import org.opensuse.containersnap.wire.BusConnection;
import org.opensuse.containersnap.wire.BusError;
import org.opensuse.containersnap.wire.TypedValue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// [Shutdown] through systemd-logind: its inhibitor locks (org.freedesktop.login1(5), `systemd-inhibit --list`)
/// and its word that a shutdown has begun.
///
/// A lock is a file descriptor: logind lets go of it when the last process that has it has closed it or ended,
/// however it ended. Without logind, or with one that refuses or is slow, there is none, which only a debug
/// line tells.
public final class Logind implements Shutdown {
    private static final Logger log = LoggerFactory.getLogger(Logind.class);

    private static final String LOGIND = "org.freedesktop.login1";
    private static final String PATH = "/org/freedesktop/login1";
    private static final String MANAGER = LOGIND + ".Manager";
    private static final String PROPERTIES = "org.freedesktop.DBus.Properties";
    private static final String WHO = "container-snapd";

    /// A machine that sleeps loses nothing, so only a shutdown, which is also a reboot, is held up.
    private static final String WHAT = "shutdown";

    /// How long a job waits for a lock that it must have before it goes on: logind takes milliseconds.
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    /// How long the bus is asked to wait for logind's answer, which is awaited no more then.
    private static final Duration TO_ANSWER = Duration.ofSeconds(10);

    private static final Hold NONE = () -> {};

    private final BusConnection connection;
    private final Method method;

    /// Waits for an answer that did not come in time. As long as it does, nobody else asks.
    private volatile @Nullable Thread late;

    /// Whether it is known that the stop takes longer.
    private final AtomicBoolean stopIsLong = new AtomicBoolean();

    /// Opened when the first lock is asked for: a start is quicker without it.
    private static final class Library {
        private static final Optional<SdBus> FOUND = SdBus.find();

        private Library() {}
    }

    /// Opened when a stop takes longer.
    private static final class Starter {
        private static final Optional<ServiceManager> FOUND = ServiceManager.find();

        private Starter() {}
    }

    /// @param connection to hear signals
    /// @param busAddress for connections to ask for locks
    public Logind(BusConnection connection, String busAddress) {
        this.connection = connection;
        this.method = new Method(busAddress, LOGIND, PATH, MANAGER, "Inhibit");
    }

    /// Nothing is changed yet when the lock comes a moment later, so it is not waited for.
    @Override
    public Hold delay(String why) {
        CompletableFuture<Hold> lock = new CompletableFuture<>();
        ask(lock, why, "delay");
        return releaseOf(lock);
    }

    @Override
    public Hold delayFromNow(String why) {
        return hold(why, "delay");
    }

    @Override
    public Hold block(String why) {
        return hold(why, "block");
    }

    private Hold hold(String why, String mode) {
        CompletableFuture<Hold> lock = new CompletableFuture<>();
        Thread asking = ask(lock, why, mode);
        if (!inTime(lock)) {
            log.debug("logind does not answer in time why={}", why);
            late = asking;
        }
        return releaseOf(lock);
    }

    /// The signal is only a reason to ask logind, see [BusConnection#listen].
    @Override
    public void whenItComes(Runnable action) {
        try {
            connection.listen(LOGIND, PATH, MANAGER, "PrepareForShutdown", () -> {
                CompletableFuture<?> _ = connection
                        .ask(LOGIND, PATH, PROPERTIES, "Get", "ss", List.of(MANAGER, "PreparingForShutdown"))
                        .thenAccept(answer -> {
                            if (preparing(answer)) {
                                log.info("the machine shuts down");
                                Thread.ofPlatform().name("shutdown").start(action);
                            }
                        });
            });
        } catch (BusError e) {
            log.debug("can't hear of shutdowns: {}", e.getMessage());
        }
    }

    /// Of the service manager, which is told by sd_notify(3); without one nobody limits the stop. The service stops
    /// once, so only the first time is news.
    @Override
    public void stopTakes(Duration fromNow) {
        boolean told = Starter.FOUND
                .map(manager -> manager.tell("EXTEND_TIMEOUT_USEC=" + TimeUnit.MICROSECONDS.convert(fromNow)))
                .orElse(false);
        log.atLevel(stopIsLong.getAndSet(true) ? Level.DEBUG : Level.INFO)
                .log("the stop takes longer told-the-service-manager={}", told);
    }

    private static boolean preparing(List<Object> answer) {
        return answer.getFirst() instanceof TypedValue value && Boolean.TRUE.equals(value.value());
    }

    /// A lock that comes late holds the shutdown up from then on, or is let go of at once.
    private static Hold releaseOf(CompletableFuture<Hold> lock) {
        return () -> {
            CompletableFuture<?> _ = lock.thenAccept(Hold::close);
        };
    }

    private Thread ask(CompletableFuture<Hold> lock, String why, String mode) {
        Thread earlier = late;
        if (earlier != null && earlier.isAlive()) {
            log.debug("logind owes an answer and is not asked mode={} why={}", mode, why);
            lock.complete(NONE);
            return earlier;
        }
        return Thread.ofPlatform().name("inhibit").daemon().start(() -> lock.complete(inhibit(why, mode)));
    }

    private static boolean inTime(CompletableFuture<?> answer) {
        return answer.handle((_, _) -> true)
                .completeOnTimeout(false, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }

    private Hold inhibit(String why, String mode) {
        if (Library.FOUND.isEmpty()) {
            log.debug("no lock of logind without libsystemd mode={} why={}", mode, why);
            return NONE;
        }
        try {
            Descriptor lock = Library.FOUND.get().descriptorFrom(method, List.of(WHAT, WHO, why, mode), TO_ANSWER);
            return lock::close;
        } catch (IOException e) {
            log.debug("logind gives no lock mode={} why={} error={}", mode, why, e.getMessage());
            return NONE;
        }
    }
}
