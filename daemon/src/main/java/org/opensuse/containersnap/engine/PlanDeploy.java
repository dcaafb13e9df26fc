package org.opensuse.containersnap.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.opensuse.containersnap.engine.Deployment.Source;
import org.opensuse.containersnap.engine.Locks.Held;
import org.opensuse.containersnap.engine.Registry.Offer;
import org.opensuse.containersnap.engine.Takeover.Preview;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.DigestMismatch;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;
import org.opensuse.containersnap.snapshot.MergeConflict;
import org.opensuse.containersnap.snapshot.Requirement;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// Tells what a deployment would do, and changes nothing. What would make it fail is told as its failure.
public final class PlanDeploy {
    private static final String AFTER_THE_PULL = "when the image is here";

    private final Subvolumes subvolumes;
    private final ImageStore images;
    private final Roots roots;
    private final RunningImage running;
    private final Takeover takeover;
    private final Hooks hooks;
    private final VerifyRoot verifyRoot;
    private final Registry registry;
    private final Missing missing;
    private final Reboot reboot;
    private final Locks locks;

    PlanDeploy(
            Subvolumes subvolumes,
            ImageStore images,
            Roots roots,
            RunningImage running,
            Takeover takeover,
            Hooks hooks,
            VerifyRoot verifyRoot,
            Registry registry,
            Missing missing,
            Reboot reboot,
            Locks locks) {
        this.subvolumes = subvolumes;
        this.images = images;
        this.roots = roots;
        this.running = running;
        this.takeover = takeover;
        this.hooks = hooks;
        this.verifyRoot = verifyRoot;
        this.registry = registry;
        this.missing = missing;
        this.reboot = reboot;
        this.locks = locks;
    }

    /// What would be done.
    ///
    /// @param steps in their order, as the contract has them: each with texts under `step` and `what`, and more
    public record Plan(List<Map<String, String>> steps, List<MergeConflict> conflicts) {}

    /// Makes the plan.
    public Plan run(Deployment deployment) throws Failure, InterruptedException {
        List<Map<String, String>> steps = new ArrayList<>();
        Optional<SnapshotId> base = base(deployment, steps);
        List<MergeConflict> conflicts = base.isPresent() ? lookInto(base.get(), deployment, steps) : lookLater(steps);
        for (Path hook : hooks.list()) {
            steps.add(step("hook", hook.toString()));
        }
        steps.add(deployment.stageOnly() ? stage() : switchTo());
        if (deployment.reboot()) {
            steps.add(step("reboot", "REBOOT_METHOD is " + reboot.method()));
        }
        return new Plan(steps, conflicts);
    }

    /// What the new snapshot would be made of; empty when that is still to be pulled.
    private Optional<SnapshotId> base(Deployment deployment, List<Map<String, String>> steps)
            throws Failure, InterruptedException {
        return switch (deployment.source()) {
            case Source.Store(SnapshotId snapshot) -> {
                roots.get(snapshot);
                check(deployment, images.manifestsOf(snapshot.image()));
                steps.add(step("image", snapshot + " is here"));
                yield Optional.of(snapshot);
            }
            case Source.Registry(ImageReference reference) -> {
                Offer offer = registry.ask(reference);
                check(deployment, offer.manifests());
                ImageId image = offer.image();
                boolean here = images.find(image).isPresent()
                        && roots.find(SnapshotId.of(image)).isPresent();
                Map<String, String> step =
                        here ? step("image", image + " is here") : step("pull", reference.toString());
                step.put("digest", offer.digest());
                step.put("bytes", Long.toString(missing.bytes(offer)));
                steps.add(step);
                yield here ? Optional.of(SnapshotId.of(image)) : Optional.empty();
            }
        };
    }

    private static void check(Deployment deployment, Set<String> found) throws DigestMismatch {
        Optional<String> asked = deployment.digest();
        if (asked.isPresent() && !found.contains(asked.get())) {
            throw new DigestMismatch(deployment.source().toString(), asked.get(), found);
        }
    }

    private List<MergeConflict> lookInto(SnapshotId base, Deployment deployment, List<Map<String, String>> steps)
            throws Failure, InterruptedException {
        String doing = "plan to deploy " + deployment.source();
        try (Held _ = locks.shared(base, doing)) {
            List<Requirement> ignored =
                    verifyRoot.require(base, deployment.source().toString(), deployment.ignored());
            steps.add(step(
                    "verify", ignored.isEmpty() ? "all requirements are met" : "not met, but ignored: " + ignored));
            steps.add(step("snapshot", "of " + base));
            Path target = roots.get(base).directory();
            Preview preview = running.with(doing, pristine -> takeover.preview(target, pristine));
            steps.add(step("carry-over", preview.paths() + " paths of the running system"));
            return preview.conflicts();
        }
    }

    private static List<MergeConflict> lookLater(List<Map<String, String>> steps) {
        steps.add(step("verify", AFTER_THE_PULL));
        steps.add(step("snapshot", "of the image"));
        steps.add(step("carry-over", AFTER_THE_PULL));
        return List.of();
    }

    private Map<String, String> stage() throws Failure {
        return step(
                "stage",
                "the next boot still takes "
                        + name(BootState.read(subvolumes, roots).next().path()));
    }

    private Map<String, String> switchTo() throws Failure {
        return step(
                "switch",
                "a rollback goes to "
                        + name(BootState.read(subvolumes, roots).booted().path()));
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static Map<String, String> step(String step, String what) {
        Map<String, String> row = new LinkedHashMap<>();
        row.put("step", step);
        row.put("what", what);
        return row;
    }
}
