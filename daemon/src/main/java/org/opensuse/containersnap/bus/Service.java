package org.opensuse.containersnap.bus;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.opensuse.containersnap.engine.Engine;
import org.opensuse.containersnap.job.JobListener;
import org.opensuse.containersnap.job.JobRecords;
import org.opensuse.containersnap.job.Jobs;
import org.opensuse.containersnap.job.Shutdown;
import org.opensuse.containersnap.job.ShutdownHolds;
import org.opensuse.containersnap.job.Turns;
import org.opensuse.containersnap.job.Turns.Limits;
import org.opensuse.containersnap.journal.LogControl;
import org.opensuse.containersnap.polkit.Authority;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.LimitsExceeded;
import org.opensuse.containersnap.snapshot.Failure.Stopping;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.wire.BusConnection;
import org.opensuse.containersnap.wire.BusError;
import org.opensuse.containersnap.wire.Call;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The service on a bus, from taking its name to leaving.
public final class Service implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Service.class);
    private static final Duration GRACE = Duration.ofSeconds(5);

    /// How long a user who asks for too much waits to be told.
    private static final Duration REFUSAL = Duration.ofSeconds(1);

    private final BusConnection connection;
    private final Announcer announcer;
    private final Authority authority;
    private final Jobs jobs;
    private final Dispatcher dispatcher;
    private final Turns turns = new Turns("call", new Limits(64, 1024, false), new Limits(1, 64, true));

    private final IdleWatch idleWatch;

    private Service(
            BusConnection connection, Announcer announcer, Authority authority, Jobs jobs, Dispatcher dispatcher) {
        this.connection = connection;
        this.announcer = announcer;
        this.authority = authority;
        this.jobs = jobs;
        this.dispatcher = dispatcher;
        this.idleWatch = new IdleWatch(connection, () -> turns.busy() || jobs.busy());
    }

    /// Puts the engine on a bus.
    ///
    /// @param shutdown is held up by jobs, and ends them
    /// @param watch hears of the steps of jobs
    /// @param version of the program
    /// @throws IOException when the name can't be had
    public static Service start(
            BusConnection connection,
            Engine engine,
            JobRecords jobRecords,
            Authority authority,
            Shutdown shutdown,
            Clock clock,
            StepWatch watch,
            String version)
            throws IOException, InterruptedException {
        Contract contract = Contract.load();
        ObjectSignals signals = new ObjectSignals(connection);
        Announcer announcer = new Announcer(signals);
        JobObject jobObject = new JobObject(contract, authority);
        JobListener listener = new ShutdownHolds(shutdown, new JobAnnouncer(signals, jobObject));
        Jobs jobs = new Jobs(clock, listener, jobRecords, Boundary::nameOf, shutdown, watch);
        jobs.recall();
        shutdown.whenItComes(jobs::cancelForShutdown);
        ManagedObjects managed = new ManagedObjects(engine, jobs, contract, jobObject);
        BusObject<Engine> manager =
                new ManagerObject(engine, jobs, authority, announcer, managed, version).object(contract);
        BusObject<LogControl> logControl = LogControlObject.of(contract, LogControl.ofThisProcess());
        ObjectTree tree = new ObjectTree(manager, logControl, managed);
        Service service =
                new Service(connection, announcer, authority, jobs, new Dispatcher(contract, tree, announcer, clock));
        connection.serve(service::receive);
        service.watch(manager, managed);
        service.takeName();
        return service;
    }

    /// Completes when the bus is gone.
    public CompletableFuture<Void> busGone() {
        return connection.ended();
    }

    /// Lets the service become idle.
    ///
    /// @return completes when there was no call and no job for so long; the service has given its name back then
    public CompletableFuture<Void> idleFor(Duration time) {
        return idleWatch.begin(time);
    }

    /// Says that somebody else may have changed something.
    public void changed() {
        announcer.changed();
    }

    /// Ends the jobs, takes no more calls, lets the answers out, leaves the bus.
    @Override
    public void close() {
        authority.close();
        // Who waits for a job reads how it ends.
        jobs.close();
        turns.close();
        try {
            if (!turns.awaitEnd(GRACE)) {
                log.warn("calls still run after {} s", GRACE.toSeconds());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        announcer.close();
        connection.close();
    }

    private void watch(BusObject<Engine> manager, ManagedObjects managed) throws InterruptedException {
        try {
            announcer.begin(new Announcer.Watched() {
                @Override
                public List<BusObject<?>> objects() throws Failure, InterruptedException {
                    List<BusObject<?>> watched = new ArrayList<>();
                    watched.add(manager);
                    watched.addAll(managed.images());
                    watched.addAll(managed.snapshots());
                    return watched;
                }

                @Override
                public boolean mayGo(BusObject<?> object) throws Failure {
                    return managed.mayGo(object);
                }
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

    /// Who calls again as soon as they are refused would keep the service busy with refusing.
    private void refuseLater(Call call, LimitsExceeded why) {
        if (call.replyWanted()) {
            CompletableFuture.delayedExecutor(REFUSAL.toMillis(), TimeUnit.MILLISECONDS, Runnable::run)
                    .execute(connection.refusal(call, Boundary.nameOf(why), why.line()));
        }
    }

    private void receive(Call call) {
        idleWatch.called();
        if (!call.replyWanted() && Dispatcher.onlyReads(call.member())) {
            return;
        }
        call.peer().whenKnown(credentials -> {
            try {
                turns.take(credentials.uid()).run(() -> dispatcher.answer(call, connection));
            } catch (LimitsExceeded e) {
                refuseLater(call, e);
            } catch (Stopping e) {
                connection.errorLater(call, Boundary.nameOf(e), e.line());
            }
        });
    }
}
