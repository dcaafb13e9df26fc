package org.opensuse.containersnap.bus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.opensuse.containersnap.engine.BringImages;
import org.opensuse.containersnap.engine.CheckUpdate.Origin;
import org.opensuse.containersnap.engine.DeleteImage;
import org.opensuse.containersnap.engine.Deploy;
import org.opensuse.containersnap.engine.Deployment;
import org.opensuse.containersnap.engine.Deployment.Source;
import org.opensuse.containersnap.engine.Engine;
import org.opensuse.containersnap.engine.PlanDeploy;
import org.opensuse.containersnap.engine.Prune;
import org.opensuse.containersnap.engine.Reboot;
import org.opensuse.containersnap.engine.Records.CheckRecord;
import org.opensuse.containersnap.engine.Retention;
import org.opensuse.containersnap.engine.Update;
import org.opensuse.containersnap.job.Job;
import org.opensuse.containersnap.job.JobRequest;
import org.opensuse.containersnap.job.JobResult;
import org.opensuse.containersnap.job.JobType;
import org.opensuse.containersnap.job.JobWork;
import org.opensuse.containersnap.job.Jobs;
import org.opensuse.containersnap.job.RequestId;
import org.opensuse.containersnap.polkit.Authority;
import org.opensuse.containersnap.polkit.Caller;
import org.opensuse.containersnap.polkit.Operation;
import org.opensuse.containersnap.snapshot.ArchiveSource;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.InvalidArguments;
import org.opensuse.containersnap.snapshot.Failure.InvalidReference;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.wire.Call;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The methods of org.opensuse.containersnap1.Manager that start a job, and what the jobs do.
final class ManagerJobs {
    private static final Logger log = LoggerFactory.getLogger(ManagerJobs.class);

    private static final String REQUEST_ID = "request_id";
    private static final String AUTOMATIC = "automatic";
    private static final String CANCEL_ON_DISCONNECT = "cancel_on_disconnect";

    /// The options of these methods.
    private static final Map<String, String> OF_JOBS = Map.of(REQUEST_ID, "s", CANCEL_ON_DISCONNECT, "b");

    private final Engine engine;
    private final Jobs jobs;
    private final Authority authority;
    private final Announcer announcer;

    ManagerJobs(Engine engine, Jobs jobs, Authority authority, Announcer announcer) {
        this.engine = engine;
        this.jobs = jobs;
        this.authority = authority;
        this.announcer = announcer;
    }

    List<?> pull(Call call) throws Failure, InterruptedException {
        Caller caller = Callers.of(call);
        ImageReference reference = ImageReference.parse(call.text(0));
        JobRequest request = request(call, JobType.PULL, reference.toString());
        authority.require(caller, Operation.PULL, Map.of("reference", reference.toString()));
        return bring(caller, request, () -> engine.bringImages().pull(reference));
    }

    List<?> load(Call call) throws Failure, InterruptedException {
        Caller caller = Callers.of(call);
        ArchiveSource source = ArchiveSource.parse(call.text(0));
        JobRequest request = request(call, JobType.LOAD, source.toString());
        authority.require(caller, Operation.LOAD, Map.of("reference", source.toString()));
        return bring(caller, request, () -> engine.bringImages().load(source, caller.user()));
    }

    List<?> deleteImage(Call call) throws Failure, InterruptedException {
        Caller caller = Callers.of(call);
        String asked = call.text(0);
        boolean byId = ImageId.isValid(asked);
        if (!byId) {
            ImageReference.checkName(asked);
        }
        JobRequest request = request(call, JobType.DELETE_IMAGE, asked);
        authority.require(caller, Operation.DELETE_IMAGE, Map.of("image", asked));
        return answer(caller, request, place -> {
            DeleteImage.Accepted accepted = byId
                    ? engine.deleteImage().byId(new ImageId(asked))
                    : engine.deleteImage().byName(asked);
            return start(place, request, caller, HalfDone.Kind.DELETING, job -> delete(accepted, job));
        });
    }

    List<?> deploy(Call call) throws Failure, InterruptedException {
        Caller caller = Callers.of(call);
        Source source = source(call.text(0));
        Map<String, String> known = new HashMap<>(OF_JOBS);
        known.putAll(DeployOptions.KNOWN);
        Options options = Options.of(call, known);
        Deployment deployment = DeployOptions.of(options, source);
        JobRequest request = request(options, JobType.DEPLOY, deployment.toString());
        Map<String, String> details = new HashMap<>(Map.of("deployment", deployment.toString()));
        details.put(source instanceof Source.Registry ? "reference" : "snapshot", source.toString());
        if (deployment.reboot()) {
            details.put("reboot", "true");
        }
        authority.require(caller, Operation.DEPLOY, details);
        if (deployment.dryRun()) {
            return answer(caller, request, place -> place.start(request, caller.left(), job -> plan(deployment, job)));
        }
        return answer(caller, request, place -> {
            if (deployment.reboot()) {
                engine.reboot().method();
            }
            Deploy.Accepted accepted = engine.deploy().accept(deployment);
            boolean started = false;
            try {
                Job job = start(
                        place,
                        request,
                        caller,
                        HalfDone.Kind.BRINGING,
                        running -> deploy(accepted, deployment, running));
                started = true;
                return job;
            } finally {
                if (!started) {
                    accepted.abandon();
                }
            }
        });
    }

    private static Source source(String text) throws InvalidReference {
        Optional<SnapshotId> id = SnapshotId.find(text);
        return id.isPresent() ? new Source.Store(id.get()) : new Source.Registry(ImageReference.parse(text));
    }

    List<?> prune(Call call) throws Failure, InterruptedException {
        Caller caller = Callers.of(call);
        Map<String, String> known = new HashMap<>(OF_JOBS);
        known.putAll(RetentionOptions.KNOWN);
        Options options = Options.of(call, known);
        Retention retention = RetentionOptions.of(options, engine.prune().standard());
        JobRequest request = request(options, JobType.PRUNE, retention.toString());
        authority.require(caller, Operation.PRUNE, Map.of());
        return answer(
                caller,
                request,
                place -> start(place, request, caller, HalfDone.Kind.DELETING, job -> prune(retention, job)));
    }

    /// The origin is read once, before the question: rules decide by it. Everybody may read it, so that there is none
    /// is said without a question.
    List<?> checkUpdate(Call call) throws Failure, InterruptedException {
        Caller caller = Callers.of(call);
        Origin origin = engine.checkUpdate().origin();
        JobRequest request = request(call, JobType.CHECK_UPDATE, text(origin));
        ImageReference asked = origin.get();
        authority.require(caller, Operation.CHECK_UPDATE, Map.of("reference", request.target()));
        return answer(caller, request, place -> place.start(request, caller.left(), job -> check(asked, job)));
    }

    /// The origin is read once, before the question, as that of a check.
    List<?> update(Call call) throws Failure, InterruptedException {
        Caller caller = Callers.of(call);
        Origin origin = engine.checkUpdate().origin();
        Map<String, String> known = new HashMap<>(OF_JOBS);
        known.put(DeployOptions.DIGEST, "s");
        known.put(AUTOMATIC, "b");
        known.put(DeployOptions.REBOOT, "b");
        Options options = Options.of(call, known);
        Optional<String> digest = DeployOptions.digest(options);
        boolean automatic = options.flag(AUTOMATIC);
        boolean reboot = options.flag(DeployOptions.REBOOT);
        JobRequest request = request(
                options,
                JobType.UPDATE,
                text(origin)
                        + digest.map(" digest="::concat).orElse("")
                        + (automatic ? " automatic" : "")
                        + (reboot ? " reboot" : ""));
        ImageReference asked = origin.get();
        Map<String, String> details =
                new HashMap<>(Map.of("deployment", request.target(), "reference", asked.toString()));
        if (reboot) {
            details.put("reboot", "true");
        }
        authority.require(caller, Operation.UPDATE, details);
        return answer(caller, request, place -> {
            if (reboot) {
                engine.reboot().method();
            }
            return start(
                    place,
                    request,
                    caller,
                    HalfDone.Kind.BRINGING,
                    job -> update(asked, digest, automatic, reboot, job));
        });
    }

    /// Empty for none.
    private static String text(Origin origin) {
        return origin.reference().map(ImageReference::toString).orElse("");
    }

    private static JobRequest request(Call call, JobType type, String target) throws InvalidArguments {
        return request(Options.of(call, OF_JOBS), type, target);
    }

    private static JobRequest request(Options options, JobType type, String target) throws InvalidArguments {
        Optional<String> id = options.text(REQUEST_ID);
        return new JobRequest(
                type,
                target,
                options.flag(CANCEL_ON_DISCONNECT),
                id.isPresent() ? Optional.of(RequestId.parse(id.get())) : Optional.empty());
    }

    private interface Bringing {
        BringImages.Accepted accept() throws Failure, InterruptedException;
    }

    private List<?> bring(Caller caller, JobRequest request, Bringing bringing) throws Failure, InterruptedException {
        return answer(caller, request, place -> {
            BringImages.Accepted accepted = bringing.accept();
            boolean started = false;
            try {
                Job job = start(place, request, caller, HalfDone.Kind.BRINGING, running -> bring(accepted, running));
                started = true;
                return job;
            } finally {
                if (!started) {
                    accepted.abandon();
                }
            }
        });
    }

    /// Nothing of what a job needs is looked at before it is known that the request did not start one already.
    private List<?> answer(Caller caller, JobRequest request, Jobs.Starter starter)
            throws Failure, InterruptedException {
        return List.of(
                Paths.ofJob(jobs.findOrStart(request, caller.uid(), starter).id()));
    }

    private Job start(Jobs.Place place, JobRequest request, Caller caller, HalfDone.Kind kind, JobWork work)
            throws Failure, InterruptedException {
        return place.start(request, caller.left(), running -> announcer.after(kind, () -> work.run(running)));
    }

    private static JobResult bring(BringImages.Accepted accepted, Job job) throws Failure, InterruptedException {
        List<ImageId> images = accepted.run(new JobProgress(job));
        return JobResult.of(Map.of("images", texts(images)));
    }

    private JobResult deploy(Deploy.Accepted accepted, Deployment deployment, Job job)
            throws Failure, InterruptedException {
        DeployProgress progress = DeployProgress.of(job);
        Deploy.Done done = accepted.run(progress);
        if (!deployment.stageOnly()) {
            SnapshotEvents.of(job).chosen(done.snapshot());
        }
        JobResult made = made(done, progress, Map.of());
        return deployment.reboot() ? made.with("reboot", restart(job)) : made;
    }

    private JobResult update(ImageReference origin, Optional<String> digest, boolean automatic, boolean reboot, Job job)
            throws Failure, InterruptedException {
        DeployProgress progress = DeployProgress.of(job, announcer::changed);
        Update.Outcome outcome = engine.update().run(origin, digest, automatic, progress);
        Map<String, List<String>> found = Map.of("digest", List.of(outcome.digest()));
        JobResult result = JobResult.of(found);
        if (outcome.done().isPresent()) {
            SnapshotEvents.of(job).chosen(outcome.done().get().snapshot());
            result = made(outcome.done().get(), progress, found);
        }
        return reboot && outcome.waits() ? result.with("reboot", restart(job)) : result;
    }

    /// Who deployed has what they deployed, whatever comes of it.
    private List<Map<String, String>> restart(Job job) throws InterruptedException {
        Map<String, String> row = new HashMap<>();
        try {
            Reboot.Method method = engine.reboot().method();
            row.put("method", method.toString());
            job.wantShutdown("rebooting");
            engine.reboot().ask(method).ifPresent(why -> row.put("refused", why));
        } catch (Failure e) {
            row.put("refused", e.line());
        }
        job.about(row.containsKey("refused") ? log.atWarn() : log.atInfo())
                .log(
                        "a reboot is asked for by={} refused={}",
                        row.getOrDefault("method", ""),
                        row.getOrDefault("refused", ""));
        return List.of(row);
    }

    private static JobResult made(Deploy.Done done, DeployProgress progress, Map<String, List<String>> more) {
        Map<String, List<String>> lists = new HashMap<>(more);
        lists.put("snapshots", texts(List.of(done.snapshot())));
        lists.put("images", texts(List.of(done.snapshot().image())));
        return new JobResult(
                lists,
                Map.of(
                        "conflicts",
                        ConflictRows.of(done.conflicts()),
                        "hooks",
                        progress.hooks().rows()));
    }

    private JobResult plan(Deployment deployment, Job job) throws Failure, InterruptedException {
        job.progress("planning", 0, OptionalLong.empty());
        PlanDeploy.Plan plan = engine.planDeploy().run(deployment);
        return new JobResult(Map.of(), Map.of("plan", plan.steps(), "conflicts", ConflictRows.of(plan.conflicts())));
    }

    private static JobResult delete(DeleteImage.Accepted accepted, Job job) throws Failure, InterruptedException {
        DeleteImage.Deleted done = accepted.run(new JobProgress(job));
        List<String> deleted = new ArrayList<>();
        done.deleted().forEach(image -> deleted.add(image.toString()));
        return JobResult.of(Map.of("untagged", done.untagged(), "deleted", deleted));
    }

    private JobResult prune(Retention retention, Job job) throws Failure, InterruptedException {
        Prune.Done done = engine.prune().run(retention, new PruneProgress(job));
        return JobResult.of(Map.of(
                "snapshots", texts(done.snapshots()), "deleted", texts(done.images()), "kept", texts(done.kept())));
    }

    private JobResult check(ImageReference origin, Job job) throws Failure, InterruptedException {
        job.progress("connecting", 0, OptionalLong.empty());
        CheckRecord answer = engine.checkUpdate().run(origin);
        announcer.changed();
        return JobResult.of(Map.of("digest", List.of(answer.digest())));
    }

    private static List<String> texts(List<?> ids) {
        return ids.stream().map(Object::toString).toList();
    }
}
