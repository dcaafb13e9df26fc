package org.opensuse.containersnap.hook;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensuse.containersnap.engine.HookListener;
import org.opensuse.containersnap.engine.Hooks;
import org.opensuse.containersnap.journal.Key;
import org.opensuse.containersnap.kernel.MountCalls;
import org.opensuse.containersnap.process.Command;
import org.opensuse.containersnap.process.RunningCommand;
import org.opensuse.containersnap.process.Setup;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.HookFailed;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The hooks of deploy: each a process that is the first of a PID namespace, in a mount namespace of its own.
///
/// unshare(1) makes the PID namespace and waits for it. When the hook ends or is killed the kernel kills
/// all that is in there, whatever became of its parents, and with the last of them go the mounts. When this
/// process is killed, so is unshare (PR_SET_PDEATHSIG, by setpriv(1)), and so is then the hook.
public final class DeployHooks implements Hooks {
    private static final Logger log = LoggerFactory.getLogger(DeployHooks.class);
    private static final Path PARENT_DEATH = Path.of("/usr/bin/setpriv");
    private static final Path NAMESPACE = Path.of("/usr/bin/unshare");
    private static final String SEARCH_PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
    private static final int USUAL_UMASK = 022;

    private final HookFiles files;
    private final Path machine;
    private final Duration limit;

    private DeployHooks(List<Path> directories, Path machine, Duration limit) {
        this.files = new HookFiles(directories);
        this.machine = machine;
        this.limit = limit;
    }

    /// The hooks of a machine: what it was installed with, and in place of that what its administrator wrote.
    ///
    /// @param machine the root of the running system
    /// @param limit how long each hook may take
    public static DeployHooks of(Path machine, Duration limit) {
        List<Path> directories = List.of(
                machine.resolve("usr/lib/container-snap/deploy.d"), machine.resolve("etc/container-snap/deploy.d"));
        return new DeployHooks(directories, machine, limit);
    }

    @Override
    public List<Path> list() throws Failure {
        return files.list().stream().map(HookFile::path).toList();
    }

    @Override
    public void run(SnapshotId id, Path root, HookListener listener) throws Failure, InterruptedException {
        List<HookFile> hooks = files.list();
        for (int i = 0; i < hooks.size(); i++) {
            HookFile hook = hooks.get(i);
            log.atInfo()
                    .addKeyValue(Key.HOOK, hook.path())
                    .addKeyValue(Key.SNAPSHOT, id)
                    .log("runs a hook");
            listener.begins(hook.path(), i + 1, hooks.size(), hook.cancelable());
            run(hook, id, root, new HookOutput(id, hook.path(), listener));
        }
    }

    private void run(HookFile hook, SnapshotId id, Path root, HookOutput output)
            throws HookFailed, InterruptedException {
        RunningCommand running = start(hook, id, root, output);
        boolean ended = false;
        String lastLine;
        try {
            ended = running.awaitEnd(limit);
        } finally {
            output.end();
            lastLine = output.lastLine();
            running.killDescendants();
        }
        if (!ended) {
            String how = "did not end within " + limit.toSeconds() + " s and was killed";
            throw HookFailed.ended(hook.path(), how, lastLine);
        }
        if (!running.succeeded()) {
            throw HookFailed.ended(
                    hook.path(), output.killed() ? "was killed by signal 9" : running.ending(), lastLine);
        }
    }

    private RunningCommand start(HookFile hook, SnapshotId id, Path root, HookOutput output) throws HookFailed {
        RootMounts inside = new RootMounts(machine, root, hook);
        List<String> arguments = new ArrayList<>(List.of(
                "--pdeathsig", "KILL", NAMESPACE.toString(), "--pid", "--fork", "--kill-child", "--mount-proc"));
        if (hook.inside()) {
            arguments.addAll(List.of("--root", root.toString(), "--wd", "/", "--", inside.hookPath()));
        } else {
            arguments.addAll(List.of("--", hook.path().toString()));
        }
        Command command = new Command(PARENT_DEATH, arguments, environment(hook, id, root), Path.of("/"));
        Setup setup = hook.inside() ? inside : () -> new MountCalls().umask(USUAL_UMASK);
        try {
            return RunningCommand.start(command, setup, Duration.ZERO, output::line);
        } catch (IOException e) {
            throw HookFailed.notStarted(hook.path(), e);
        }
    }

    /// What a hook is told, all of it. Inside it is what tukit tells, too.
    private static Map<String, String> environment(HookFile hook, SnapshotId id, Path root) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "PATH",
                SEARCH_PATH,
                "HOME",
                "/root",
                "LC_ALL",
                "C.UTF-8",
                "CONTAINER_SNAP_SNAPSHOT",
                id.toString(),
                "CONTAINER_SNAP_ROOT",
                hook.inside() ? "/" : root.toString()));
        if (hook.inside()) {
            environment.put("TRANSACTIONAL_UPDATE", "true");
            environment.put("TRANSACTIONAL_UPDATE_ROOT", root.toString());
        }
        return environment;
    }
}
