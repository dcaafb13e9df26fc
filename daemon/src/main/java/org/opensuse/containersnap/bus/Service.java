package org.opensuse.containersnap.bus;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.opensuse.containersnap.engine.Engine;
import org.opensuse.containersnap.job.Jobs;
import org.opensuse.containersnap.polkit.Authority;
import org.opensuse.containersnap.polkit.Caller;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.AccessDenied;
import org.opensuse.containersnap.wire.BusConnection;
import org.opensuse.containersnap.wire.BusError;
import org.opensuse.containersnap.wire.Call;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The service on a bus, from taking its name to leaving.
///
/// Calls run on platform threads, not virtual ones: they spend their time in system calls through the foreign function
/// API, which pin a virtual thread's carrier, and a btrfs commit on each core would then hold up every read.
public final class Service implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Service.class);
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final BusConnection connection;
    private final Announcer announcer;
    private final Jobs jobs;
    private final Dispatcher dispatcher;
    private final ExecutorService threads =
            Executors.newCachedThreadPool(Thread.ofPlatform().name("call-", 1).factory());

    private Service(BusConnection connection, Announcer announcer, Jobs jobs, Dispatcher dispatcher) {
        this.connection = connection;
        this.announcer = announcer;
        this.jobs = jobs;
        this.dispatcher = dispatcher;
    }

    /// Puts the engine on a bus.
    ///
    /// @param version of the program
    /// @throws IOException when the name can't be had
    public static Service start(
            BusConnection connection, Engine engine, Authority authority, Clock clock, String version)
            throws IOException, InterruptedException {
        Contract contract = Contract.load();
        ObjectSignals signals = new ObjectSignals(connection);
        Announcer announcer = new Announcer(signals);
        Callers callers = call -> caller(connection, call);
        JobObject jobObject = new JobObject(contract, authority, callers);
        Jobs jobs = new Jobs(clock, new JobAnnouncer(signals, jobObject));
        ManagedObjects managed = new ManagedObjects(engine, jobs, contract, jobObject);
        BusObject<Engine> manager =
                new ManagerObject(engine, jobs, authority, callers, announcer, managed, version).object(contract);
        Service service =
                new Service(connection, announcer, jobs, new Dispatcher(contract, new ObjectTree(manager, managed)));
        connection.serve(service::receive);
        service.watch(manager, managed);
        service.takeName();
        return service;
    }

    /// Completes when the bus is gone.
    public CompletableFuture<Void> busGone() {
        return connection.ended();
    }

    /// Takes no more calls, ends the jobs, lets the answers out, leaves the bus.
    @Override
    public void close() {
        threads.shutdown();
        jobs.close();
        try {
            if (!threads.awaitTermination(GRACE.toSeconds(), TimeUnit.SECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        announcer.close();
        connection.close();
    }

    private void watch(BusObject<Engine> manager, ManagedObjects managed) throws InterruptedException {
        try {
            announcer.begin(() -> {
                List<BusObject<?>> watched = new ArrayList<>();
                watched.add(manager);
                watched.addAll(managed.images());
                watched.addAll(managed.snapshots());
                return watched;
            });
        } catch (Failure e) {
            log.warn("can't watch for changes: {}", e.line());
        }
    }

    private void takeName() throws IOException {
        try {
            connection.own(Contract.BUS_NAME);
        } catch (BusError e) {
            throw new IOException("can't take the name " + Contract.BUS_NAME + ": " + e.getMessage(), e);
        }
    }

    private void receive(Call call) {
        try {
            threads.execute(() -> dispatcher.answer(call, connection));
        } catch (RejectedExecutionException _) {
            connection.error(call, "org.freedesktop.DBus.Error.NoReply", "the service is stopping; try again");
        }
    }

    private static Caller caller(BusConnection connection, Call call) throws AccessDenied {
        try {
            return new Caller(call.sender(), connection.userOf(call.sender()), call.interactive());
        } catch (BusError e) {
            throw new AccessDenied("the caller " + call.sender() + " has left the bus");
        }
    }
}
