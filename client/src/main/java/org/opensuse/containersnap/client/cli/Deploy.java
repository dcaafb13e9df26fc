package org.opensuse.containersnap.client.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Properties;
import org.opensuse.containersnap.client.wire.Value;

/// Has the next boot take a new system with what is the running system's.
record Deploy(
        String source, boolean stageOnly, List<String> ignored, Optional<String> digest, boolean reboot, boolean dryRun)
        implements Command {
    static final String HELP = """
            Has the next boot take a new system: pulls the image REF, or takes the image or
            snapshot ID that is there; holds it against what 'verify' tells; makes a snapshot of
            it, carries over what is the running system's, such as changes in /etc, runs the
            machine's hooks, such as the boot loader's, and switches to that. Prints the
            snapshot's ID, and on standard error what somebody should look at. What fails is
            undone, and so is all when Ctrl-C cancels it.
            'container-snap rollback' goes back to what is booted now.

            Options:
              --stage-only           make the snapshot, but leave what the next boot takes
              --ignore REQUIREMENT   deploy it though it does not meet this, such as rsync;
                                     may be there several times
              --digest DIGEST        deploy it only when the registry's manifest has this digest:
                                     sha256: and 64 hexadecimal digits
              --reboot               then restart the machine, by the REBOOT_METHOD of
                                     transactional-update.conf
              --dry-run              change nothing, but print what would be done

            Examples:
              container-snap deploy registry.opensuse.org/opensuse/bootable:2
              container-snap deploy --stage-only --ignore rsync ID
            """;

    private static final String COLUMN = "            ";

    static Deploy parse(Words words) throws UsageError {
        String source = words.onlyOperand("REF or ID");
        if (words.has(Option.STAGE_ONLY) && words.has(Option.REBOOT)) {
            throw new UsageError("--stage-only does not go with --reboot");
        }
        return new Deploy(
                SnapshotId.find(source).isPresent() ? source : Reference.parse(source),
                words.has(Option.STAGE_ONLY),
                words.values(Option.IGNORE),
                words.value(Option.DIGEST),
                words.has(Option.REBOOT),
                words.has(Option.DRY_RUN));
    }

    @Override
    public void run(Session session) throws BusFailure, CommandFailed {
        Map<String, Value> options = new HashMap<>();
        if (stageOnly) {
            options.put("stage_only", Value.of(true));
        }
        if (!ignored.isEmpty()) {
            options.put("ignore", Value.of(ignored));
        }
        if (digest.isPresent()) {
            options.put("digest", Value.of(digest.get()));
        }
        if (reboot) {
            options.put("reboot", Value.of(true));
        }
        if (dryRun) {
            options.put("dry_run", Value.of(true));
        }
        Properties result = JobCommand.resultOf(
                session,
                "deploy " + Printable.shortened(source),
                source,
                Method.DEPLOY,
                Value.of(source),
                Value.options(options));
        for (Properties step : result.rows("plan")) {
            session.line(planned(step));
        }
        show(session, result);
        Reboot.show(session, result);
    }

    /// Prints what was made, and what somebody should look at.
    static void show(Session session, Properties result) {
        for (String id : result.texts("snapshots")) {
            session.line(id);
        }
        for (Properties hook : result.rows("hooks")) {
            warnings(session, hook);
        }
        for (Properties conflict : result.rows("conflicts")) {
            session.note(describe(conflict));
        }
    }

    private static void warnings(Session session, Properties hook) {
        String path = hook.text("hook");
        for (String line : hook.text("output").split("\n", -1)) {
            if (line.startsWith("warning: ")) {
                session.note(path.substring(path.lastIndexOf('/') + 1) + ": " + line);
            }
        }
    }

    private static String planned(Properties step) {
        String digest = step.text("digest");
        String fetched = digest.isEmpty() ? "" : ", " + digest;
        if (step.text("step").equals("pull")) {
            fetched += ", " + Size.text(Long.parseLong(step.text("bytes"))) + " to download";
        }
        String name = step.text("step");
        return name + COLUMN.substring(Math.min(name.length(), COLUMN.length() - 1)) + step.text("what") + fetched;
    }

    /* What is not known, of a later service, is told by its keyword. */
    private static String describe(Properties conflict) {
        String what = switch (conflict.text("reason")) {
            case "both-changed" -> "changed here and in the image, yours is in place";
            case "removed-here" -> "removed here and changed in the image, the image's is in place";
            case "removed-in-image" -> "changed here and removed in the image, yours is in place";
            case "no-base" -> "different from the image's, which is in place";
            case "accounts" -> "users or groups of both do not agree";
            case "more" -> "there is more than is told here";
            case "vanished" -> "it went while it was carried over";
            case String other -> other;
        };
        String detail = conflict.text("detail");
        String beside = conflict.text("beside");
        return "look at " + conflict.text("path") + ": " + what
                + (detail.isEmpty() ? "" : " (" + detail + ")")
                + (beside.isEmpty() ? "" : "; the image's is " + beside);
    }
}
