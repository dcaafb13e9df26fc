package org.opensuse.containersnap.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.opensuse.containersnap.archive.ArchiveFiles;
import org.opensuse.containersnap.btrfs.BtrfsSubvolumes;
import org.opensuse.containersnap.bus.Service;
import org.opensuse.containersnap.carry.CarryOver;
import org.opensuse.containersnap.carry.RunningSystem;
import org.opensuse.containersnap.engine.Engine;
import org.opensuse.containersnap.engine.StoreLayout;
import org.opensuse.containersnap.hook.DeployHooks;
import org.opensuse.containersnap.job.JobRecords;
import org.opensuse.containersnap.job.Turns;
import org.opensuse.containersnap.logind.Logind;
import org.opensuse.containersnap.podman.PodmanImageStore;
import org.opensuse.containersnap.podman.PodmanService;
import org.opensuse.containersnap.podman.PodmanSettings;
import org.opensuse.containersnap.podman.SkopeoRegistry;
import org.opensuse.containersnap.polkit.PolkitAuthority;
import org.opensuse.containersnap.reboot.MachineReboot;
import org.opensuse.containersnap.record.JsonJobRecords;
import org.opensuse.containersnap.record.JsonRecords;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.verify.RootInspection;
import org.opensuse.containersnap.watch.DirectoryWatch;
import org.opensuse.containersnap.wire.BusConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The daemon's process: `container-snapd`, without arguments, started by the message bus or by systemd.
public final class Main {
    private static final Logger log = LoggerFactory.getLogger(Main.class);
    private static final int FAILED = 1;

    /*
     * SIGTERM runs the JVM's shutdown hook while the main thread waits for `stopAsked`. The hook asks for the stop and
     * waits for `stopped`, so that the main thread takes everything down in order; then it ends the JVM with 0, which
     * would say 143 otherwise. A start that fails has `stopped` counted down before it calls exit, for the same hook.
     */
    private final CompletableFuture<Void> stopAsked = new CompletableFuture<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private boolean idle;

    private Main() {}

    /// Runs until SIGTERM, or until the bus is gone, or until it was idle for as long as was set. Exits with 1 when it
    /// can't start, or when the bus went.
    public static void main(String[] arguments) {
        new Main().runAndExit();
    }

    private void runAndExit() {
        try {
            run(Settings.of(System.getenv()));
        } catch (IOException | Failure e) {
            log.error("container-snapd can't run: {}", e.getMessage());
        } catch (InterruptedException e) {
            log.error("interrupted while starting", e);
        } finally {
            stopped.countDown();
        }
        if (!stopAsked.isDone()) {
            System.exit(idle ? 0 : FAILED);
        }
    }

    private void run(Settings settings) throws IOException, Failure, InterruptedException {
        PodmanSettings podman = new PodmanSettings(
                settings.podman(),
                settings.stateDirectory(),
                settings.runDirectory(),
                settings.podmanIdle(),
                settings.proxies());
        StepWatch steps = FailPoints.of(System.getenv(), FailPoints.LAB);
        StoreLayout layout = new StoreLayout(settings.stateDirectory());
        BtrfsSubvolumes subvolumes = new BtrfsSubvolumes(settings.root());
        JsonRecords records = new JsonRecords(layout.records(), subvolumes::writeBack);
        try (RunLock _ = RunLock.take(settings.runDirectory());
                PodmanImageStore images = new PodmanImageStore(
                        new PodmanService(podman), subvolumes, subvolumes.volume(), records::uses, steps)) {
            Engine engine = Engine.over(
                    layout,
                    subvolumes,
                    subvolumes.volume(),
                    images,
                    new ArchiveFiles(),
                    records,
                    RootInspection.ofThisMachine(),
                    new RunningSystem(settings.root(), new CarryOver(subvolumes::sync)),
                    DeployHooks.of(settings.root(), settings.hookTimeout()),
                    settings.rebootFlag(),
                    new MachineReboot(settings.busAddress(), settings.root()),
                    new SkopeoRegistry(settings.skopeo(), settings.proxies(), SkopeoRegistry.PATIENCE),
                    settings.retention(),
                    settings.trial(),
                    steps);
            JobRecords jobRecords = new JsonJobRecords(layout.records().resolve("jobs"), subvolumes::force);
            StoreCheck check = new StoreCheck(engine.reconcile(), images);
            new Start(images, engine.reconcile(), check, steps).run();
            BusConnection connection = BusConnection.connect(settings.busAddress());
            PolkitAuthority authority = new PolkitAuthority(connection, () -> Turns.away()::close);
            Logind logind = new Logind(connection, settings.busAddress());
            try (DirectoryWatch watch = DirectoryWatch.of(directories(layout, images, records));
                    Service service = Service.start(
                            connection, engine, jobRecords, authority, logind, Clock.systemUTC(), steps, version())) {
                watch.begin(() -> lookForChanges(check, service));
                Runtime.getRuntime()
                        .addShutdownHook(Thread.ofPlatform().name("stop").unstarted(this::stop));
                log.info("ready version={}", version());
                CompletableFuture<Void> idleLong =
                        settings.idleExit().map(service::idleFor).orElseGet(CompletableFuture::new);
                CompletableFuture.anyOf(stopAsked, service.busGone(), idleLong).join();
                idle = idleLong.isDone();
                log.info(idle ? "stopping: idle" : "stopping");
            }
        }
    }

    private static List<Path> directories(StoreLayout layout, PodmanImageStore images, JsonRecords records) {
        List<Path> directories = new ArrayList<>(layout.watched());
        directories.addAll(images.directories());
        directories.addAll(records.directories());
        return directories;
    }

    /// A bug in it must not end the watching.
    private static void lookForChanges(StoreCheck check, Service service) {
        try {
            check.rebuildRecords();
            service.changed();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.error("can't look for changes", e);
        }
    }

    private void stop() {
        if (stopped.getCount() == 0) {
            return;
        }
        stopAsked.complete(null);
        try {
            stopped.await();
            Runtime.getRuntime().halt(0);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// As the client tells its own: without Maven's word for a version that is not released yet.
    private static String version() {
        return Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
                .map(version -> version.replace("-SNAPSHOT", ""))
                .orElse("unknown");
    }
}
