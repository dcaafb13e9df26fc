package org.opensuse.containersnap.bus;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.engine.Engine;
import org.opensuse.containersnap.engine.ListImages.Listed;
import org.opensuse.containersnap.job.Job;
import org.opensuse.containersnap.job.Jobs;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.Snapshot;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// The objects below the manager: images, snapshots, jobs. They are read at each call, so they can't be out of date.
final class ManagedObjects {
    private final Engine engine;
    private final Jobs jobs;
    private final Binding<Listed> imageBinding;
    private final Binding<Snapshot> snapshotBinding;
    private final JobObject jobObject;

    ManagedObjects(Engine engine, Jobs jobs, Contract contract, JobObject jobObject) {
        this.engine = engine;
        this.jobs = jobs;
        this.imageBinding = ImageObject.bind(contract);
        this.snapshotBinding = SnapshotObject.bind(contract);
        this.jobObject = jobObject;
    }

    List<BusObject<?>> all() throws Failure, InterruptedException {
        List<BusObject<?>> objects = new ArrayList<>(images());
        objects.addAll(snapshots());
        objects.addAll(jobs());
        return objects;
    }

    /// Where the objects are, which takes less than reading them.
    List<String> paths() throws Failure, InterruptedException {
        List<String> paths = new ArrayList<>();
        engine.images().ids().forEach(id -> paths.add(Paths.of(id)));
        engine.snapshots().ids().forEach(id -> paths.add(Paths.of(id)));
        jobs.all().forEach(job -> paths.add(Paths.ofJob(job.id())));
        return paths;
    }

    List<BusObject<Listed>> images() throws Failure, InterruptedException {
        return engine.images().all().stream().map(this::object).toList();
    }

    List<BusObject<Snapshot>> snapshots() throws Failure {
        return engine.snapshots().all().stream().map(this::object).toList();
    }

    List<BusObject<Job>> jobs() {
        return jobs.all().stream().map(jobObject::of).toList();
    }

    Optional<? extends BusObject<?>> find(String path) throws Failure, InterruptedException {
        Optional<SnapshotId> snapshot = Paths.snapshot(path);
        if (snapshot.isPresent()) {
            return engine.snapshots().find(snapshot.get()).map(this::object);
        }
        Optional<ImageId> image = Paths.image(path);
        if (image.isPresent()) {
            return engine.images().find(image.get()).map(this::object);
        }
        return Paths.job(path).flatMap(jobs::find).map(jobObject::of);
    }

    /// Whether an image or snapshot may go again when what brings or makes it fails: the image's root is not taken, or
    /// the snapshot's deployment is not done.
    boolean mayGo(BusObject<?> object) throws Failure {
        return switch (object.target()) {
            case Listed image -> !engine.snapshots().rootTaken(image.image().id());
            case Snapshot snapshot ->
                snapshot.id().pristine()
                        ? !engine.snapshots().rootTaken(snapshot.id().image())
                        : engine.snapshots().deploying(snapshot.id());
            default -> false;
        };
    }

    private BusObject<Listed> object(Listed image) {
        return new BusObject<>(Paths.of(image.image().id()), image, imageBinding, false);
    }

    private BusObject<Snapshot> object(Snapshot snapshot) {
        return new BusObject<>(Paths.of(snapshot.id()), snapshot, snapshotBinding, false);
    }
}
