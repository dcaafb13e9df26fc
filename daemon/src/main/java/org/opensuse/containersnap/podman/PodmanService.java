package org.opensuse.containersnap.podman;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs podman, a process an operation.
///
/// One process for all would be 0.1 s faster and not end what it must: podman 4.3 goes on unpacking layers when the
/// connection of a pull is closed, and only killing it stops that. A process of its own can be killed without harm
/// to another transfer, has scratch space whose content is known to be its own, and is gone when nothing happens.
public final class PodmanService implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PodmanService.class);
    private static final String TWICE = "; it was tried twice";

    private final PodmanSettings settings;
    private final Set<PodmanSession> sessions = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    public PodmanService(PodmanSettings settings) {
        this.settings = settings;
    }

    /// Something that may be done again from its beginning.
    interface Attempt<T> {
        T make() throws Failure, InterruptedException;
    }

    PodmanSettings settings() {
        return settings;
    }

    Workspace workspace() throws Failure {
        try {
            return Workspace.create(settings);
        } catch (IOException e) {
            throw Workspace.failed(e);
        }
    }

    /// Starts podman, once more when the first does not come to answer.
    PodmanSession start(Workspace workspace) throws Failure, InterruptedException {
        return insist(() -> startOnce(workspace, true));
    }

    /// Starts podman, unless another one keeps it waiting: for what can be done later.
    PodmanSession startUnlessBusy(Workspace workspace) throws Failure, InterruptedException {
        return startOnce(workspace, false);
    }

    /// Makes an attempt, and another one when podman was lost in the first.
    <T> T insist(Attempt<T> attempt) throws Failure, InterruptedException {
        try {
            return attempt.make();
        } catch (StorageFailed e) {
            if (closed || !PodmanLost.caused(e)) {
                throw e;
            }
            log.warn("podman is started again, because the first one failed error={}", e.line());
        }
        try {
            return attempt.make();
        } catch (StorageFailed e) {
            throw PodmanLost.caused(e) ? new StorageFailed(e.line() + TWICE, e) : e;
        }
    }

    /// Ends all podmans, also those at work.
    @Override
    public void close() {
        closed = true;
        sessions.forEach(PodmanSession::kill);
    }

    private PodmanSession startOnce(Workspace workspace, boolean patient) throws Failure, InterruptedException {
        checkOpen();
        PodmanSession session =
                PodmanSession.start(settings, storageConf(workspace), workspace, patient, sessions::remove);
        sessions.add(session);
        try {
            checkOpen();
        } catch (StorageFailed e) {
            session.kill();
            throw e;
        }
        return session;
    }

    private void checkOpen() throws StorageFailed {
        if (closed) {
            throw new StorageFailed("podman is not run any more, the service stops", null);
        }
    }

    /// A storage.conf with nothing but our store, so that options in the machine's own one can't get in the way.
    private Path storageConf(Workspace workspace) throws Failure {
        Path file = workspace.storageConf();
        String text = """
                [storage]
                driver = "btrfs"
                graphroot = "%s"
                runroot = "%s"
                """.formatted(settings.graphRoot(), settings.runRoot());
        try {
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw Workspace.failed(e);
        }
    }
}
