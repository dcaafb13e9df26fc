package org.opensuse.containersnap.bus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opensuse.containersnap.engine.Engine;
import org.opensuse.containersnap.engine.Prune.Deletion;
import org.opensuse.containersnap.engine.Rollback.Target;
import org.opensuse.containersnap.job.Jobs;
import org.opensuse.containersnap.polkit.Authority;
import org.opensuse.containersnap.polkit.Caller;
import org.opensuse.containersnap.polkit.Operation;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Finding;
import org.opensuse.containersnap.snapshot.ImageReference;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.wire.Call;
import org.opensuse.containersnap.wire.TypedValue;

/// org.opensuse.containersnap1.Manager. A method that changes something goes in this order: who asks, what do the
/// arguments say, may they, was it done for them already, can it be done, do it.
final class ManagerObject {
    private static final String FORCE = "force";

    private final Engine engine;
    private final Authority authority;
    private final Announcer announcer;
    private final ManagedObjects objects;
    private final ManagerJobs starting;
    private final String version;

    ManagerObject(
            Engine engine,
            Jobs jobs,
            Authority authority,
            Announcer announcer,
            ManagedObjects objects,
            String version) {
        this.engine = engine;
        this.authority = authority;
        this.announcer = announcer;
        this.objects = objects;
        this.starting = new ManagerJobs(engine, jobs, authority, announcer);
        this.version = version;
    }

    BusObject<Engine> object(Contract contract) {
        return new BusObject<>(Paths.TOP, engine, bind(contract), true);
    }

    private Binding<Engine> bind(Contract contract) {
        return Binding.<Engine>of(contract.get(Contract.MANAGER))
                .method("Init", (_, call) -> init(call))
                .method("Pull", (_, call) -> starting.pull(call))
                .method("Load", (_, call) -> starting.load(call))
                .method("DeleteImage", (_, call) -> starting.deleteImage(call))
                .method("Deploy", (_, call) -> starting.deploy(call))
                .method("Prune", (_, call) -> starting.prune(call))
                .method("GetPrunePlan", (_, call) -> prunePlan(call))
                .method("CheckUpdate", (_, call) -> starting.checkUpdate(call))
                .method("Update", (_, call) -> starting.update(call))
                .method("ListImages", (_, call) -> list(call, Contract.IMAGE, objects::images))
                .method("ListSnapshots", (_, call) -> list(call, Contract.SNAPSHOT, objects::snapshots))
                .method("ListJobs", (_, call) -> list(call, Contract.JOB, objects::jobs))
                .method("GetRoot", (_, call) -> getRoot(call))
                .method("Verify", (_, call) -> verify(call))
                .method("CreateSnapshot", (_, call) -> createSnapshot(call))
                .method("SwitchTo", (_, call) -> switchTo(call))
                .method("Rollback", (_, call) -> rollback(call))
                .method("Bless", (_, call) -> bless(call))
                .method("ForgetRollback", (_, call) -> forgetRollback(call))
                .method("SetReadOnly", (_, call) -> setReadOnly(call))
                .method("Pin", (_, call) -> pin(call, Operation.PIN))
                .method("Unpin", (_, call) -> pin(call, Operation.UNPIN))
                .method("DeleteSnapshot", (_, call) -> deleteSnapshot(call))
                .property("Version", _ -> version)
                .property("BootedSnapshot", _ -> text(engine.snapshots().boot().bootedSnapshot()))
                .property("DefaultSnapshot", _ -> text(engine.snapshots().boot().defaultSnapshot()))
                .property(
                        "BootedSubvolume",
                        _ -> engine.snapshots().boot().booted().path())
                .property(
                        "DefaultSubvolume",
                        _ -> engine.snapshots().boot().next().path())
                .property("RollbackAvailable", _ -> engine.rollback().target().isPresent())
                .property(
                        "RollbackSnapshot", _ -> text(engine.rollback().target().flatMap(Target::snapshot)))
                .property(
                        "RollbackSubvolume",
                        _ -> engine.rollback().target().map(Target::path).orElse(""))
                .property(
                        "CachedUpdate",
                        _ -> UpdateProperties.of(engine.checkUpdate().last()))
                .property(
                        "UpdateAvailable",
                        _ -> UpdateProperties.available(engine.checkUpdate().last()))
                .property(
                        "LastCheck",
                        _ -> UpdateProperties.asked(engine.checkUpdate().last()))
                .property("Trial", _ -> TrialProperty.of(engine.trial().state()))
                .property(
                        "DefaultChosenBy",
                        _ -> engine.rollback()
                                .decision()
                                .map(decision -> decision.chooser().toString())
                                .orElse(""))
                .property(
                        "DefaultChosenTime",
                        _ -> engine.rollback()
                                .decision()
                                .map(decision -> SnapshotObject.microseconds(decision.when()))
                                .orElse(0L))
                .property("RebootNeeded", _ -> engine.snapshots().boot().rebootNeeded())
                .build();
    }

    private List<?> init(Call call) throws Failure, InterruptedException {
        Caller caller = Callers.of(call);
        Options.none(call);
        authority.require(caller, Operation.INIT, Map.of());
        engine.initialise().storeDurably();
        return List.of();
    }

    private List<?> prunePlan(Call call) throws Failure, InterruptedException {
        Options options = Options.of(call, RetentionOptions.KNOWN);
        List<List<Object>> plan = new ArrayList<>();
        for (Deletion deletion :
                engine.prune().plan(RetentionOptions.of(options, engine.prune().standard()))) {
            plan.add(List.of(deletion.snapshot().toString(), deletion.bytes()));
        }
        return List.of(plan);
    }

    private interface Listing {
        List<? extends BusObject<?>> read() throws Failure, InterruptedException;
    }

    private List<?> list(Call call, String kind, Listing listing) throws Failure, InterruptedException {
        Options.none(call);
        List<List<Object>> rows = new ArrayList<>();
        for (BusObject<?> object : listing.read()) {
            Map<String, TypedValue> properties = object.readAll();
            announcer.read(object.path(), properties);
            rows.add(List.of(object.path(), properties));
        }
        announcer.read(kind, rows.size());
        return List.of(rows);
    }

    private List<?> getRoot(Call call) throws Failure {
        return List.of(engine.snapshots().root(SnapshotId.parse(call.text(0))).directory() + "/");
    }

    private List<?> verify(Call call) throws Failure, InterruptedException {
        String asked = call.text(0);
        Optional<SnapshotId> id = SnapshotId.find(asked);
        String name = id.isPresent() ? "" : ImageReference.checkName(asked);
        Options.none(call);
        List<Finding> findings = id.isPresent()
                ? engine.verifyRoot().snapshot(id.get())
                : engine.verifyRoot().image(name);
        return List.of(findings.stream().map(ManagerObject::describe).toList());
    }

    private static Map<String, TypedValue> describe(Finding finding) {
        return Map.of(
                "name", TypedValue.of(finding.requirement().toString()),
                "met", TypedValue.of(finding.met()),
                "found", TypedValue.of(finding.found()),
                "mend", TypedValue.of(finding.mend()));
    }

    private List<?> createSnapshot(Call call) throws Failure, InterruptedException {
        Caller caller = Callers.of(call);
        SnapshotId base = SnapshotId.parse(call.text(0));
        Options.none(call);
        authority.require(caller, Operation.CREATE_SNAPSHOT, Map.of("snapshot", base.toString()));
        SnapshotId made = engine.createSnapshot().of(base);
        SnapshotEvents.by(caller).created(made);
        announcer.changed();
        return List.of(made.toString());
    }

    private List<?> switchTo(Call call) throws Failure, InterruptedException {
        Caller caller = Callers.of(call);
        SnapshotId snapshot = SnapshotId.parse(call.text(0));
        Options.none(call);
        authority.require(caller, Operation.SWITCH, Map.of("snapshot", snapshot.toString()));
        if (engine.switchTo().snapshot(snapshot)) {
            SnapshotEvents.by(caller).chosen(snapshot);
        }
        announcer.changed();
        return List.of();
    }

    /// What it goes to is read before the question, which names it, and held against what is there after it.
    private List<?> rollback(Call call) throws Failure, InterruptedException {
        Caller caller = Callers.of(call);
        Options.none(call);
        Optional<Target> target = engine.rollback().target();
        Map<String, String> details = new HashMap<>();
        target.ifPresent(to -> details.put("subvolume", to.path()));
        target.flatMap(Target::snapshot).ifPresent(to -> details.put("snapshot", to.toString()));
        authority.require(caller, Operation.ROLLBACK, details);
        SnapshotEvents.by(caller).wentBack(engine.rollback().run(target));
        announcer.changed();
        return List.of();
    }

    private List<?> bless(Call call) throws Failure, InterruptedException {
        Caller caller = Callers.of(call);
        Options.none(call);
        authority.require(caller, Operation.BLESS, Map.of());
        Optional<SnapshotId> blessed = engine.trial().bless();
        if (blessed.isPresent()) {
            SnapshotEvents.by(caller).blessed(blessed.get());
        }
        announcer.changed();
        return List.of();
    }

    private List<?> forgetRollback(Call call) throws Failure, InterruptedException {
        Caller caller = Callers.of(call);
        Options.none(call);
        authority.require(caller, Operation.FORGET_ROLLBACK, Map.of());
        engine.rollback().forget();
        announcer.changed();
        return List.of();
    }

    private List<?> setReadOnly(Call call) throws Failure, InterruptedException {
        Caller caller = Callers.of(call);
        SnapshotId snapshot = SnapshotId.parse(call.text(0));
        boolean readOnly = (Boolean) call.arguments().get(1);
        boolean force = Options.of(call, Map.of(FORCE, "b")).flag(FORCE);
        authority.require(
                caller,
                readOnly ? Operation.SET_READ_ONLY : Operation.SET_READ_WRITE,
                Map.of("snapshot", snapshot.toString()));
        engine.setReadOnly().set(snapshot, readOnly, force);
        announcer.changed();
        return List.of();
    }

    private List<?> pin(Call call, Operation operation) throws Failure, InterruptedException {
        Caller caller = Callers.of(call);
        SnapshotId snapshot = SnapshotId.parse(call.text(0));
        Options.none(call);
        authority.require(caller, operation, Map.of("snapshot", snapshot.toString()));
        engine.pin().set(snapshot, operation == Operation.PIN);
        announcer.changed();
        return List.of();
    }

    private List<?> deleteSnapshot(Call call) throws Failure, InterruptedException {
        Caller caller = Callers.of(call);
        SnapshotId snapshot = SnapshotId.parse(call.text(0));
        Options.none(call);
        authority.require(caller, Operation.DELETE_SNAPSHOT, Map.of("snapshot", snapshot.toString()));
        engine.deleteSnapshot().snapshot(snapshot);
        SnapshotEvents.by(caller).deleted(snapshot);
        announcer.changed();
        return List.of();
    }

    private static String text(Optional<SnapshotId> id) {
        return id.map(SnapshotId::toString).orElse("");
    }
}
