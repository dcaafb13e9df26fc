package org.opensuse.containersnap.bus;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.opensuse.containersnap.engine.Chooser;
import org.opensuse.containersnap.engine.Deployment;
import org.opensuse.containersnap.engine.Deployment.Source;
import org.opensuse.containersnap.snapshot.Failure.InvalidArguments;
import org.opensuse.containersnap.snapshot.Quoted;
import org.opensuse.containersnap.snapshot.Requirement;

/// How the options of a call want something deployed.
final class DeployOptions {
    private static final String IGNORE = "ignore";
    static final String DIGEST = "digest";
    private static final String STAGE_ONLY = "stage_only";
    private static final String DRY_RUN = "dry_run";
    static final String REBOOT = "reboot";
    private static final String DIGEST_SHAPE = "sha256:[0-9a-f]{64}";

    static final Map<String, String> KNOWN =
            Map.of(IGNORE, "as", DIGEST, "s", STAGE_ONLY, "b", DRY_RUN, "b", REBOOT, "b");

    private DeployOptions() {}

    static Deployment of(Options options, Source source) throws InvalidArguments {
        Set<Requirement> ignored = EnumSet.noneOf(Requirement.class);
        for (String name : options.texts(IGNORE)) {
            ignored.add(Requirement.find(name)
                    .orElseThrow(() -> new InvalidArguments("option " + IGNORE + " has " + Quoted.of(name)
                            + ", which is no requirement; there are " + List.of(Requirement.values()))));
        }
        if (options.flag(STAGE_ONLY) && options.flag(REBOOT)) {
            throw new InvalidArguments("options " + STAGE_ONLY + " and " + REBOOT
                    + " don't go together: a reboot would not take what is only made; choose one");
        }
        return new Deployment(
                source,
                ignored,
                digest(options),
                options.flag(STAGE_ONLY),
                options.flag(DRY_RUN),
                options.flag(REBOOT),
                Chooser.DEPLOY);
    }

    /// What the manifest must have.
    static Optional<String> digest(Options options) throws InvalidArguments {
        Optional<String> digest = options.text(DIGEST);
        if (digest.isPresent() && !digest.get().matches(DIGEST_SHAPE)) {
            throw new InvalidArguments("option " + DIGEST + " is " + Quoted.of(digest.get())
                    + ": expected 'sha256:' and 64 lower-case hexadecimal digits");
        }
        return digest;
    }
}
