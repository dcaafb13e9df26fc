package org.opensuse.containersnap.podman;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;

/// Runs podman, a process an operation.
///
/// One process for all would be 0.1 s faster and not end what it must: podman 4.3 goes on unpacking layers when the
/// connection of a pull is closed, and only killing it stops that. A process of its own can be killed without harm
/// to another transfer, has scratch space whose content is known to be its own, and is gone when nothing happens.
public final class PodmanService implements AutoCloseable {
    private final PodmanSettings settings;
    private final Set<PodmanSession> sessions = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    public PodmanService(PodmanSettings settings) {
        this.settings = settings;
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

    /// Starts podman.
    PodmanSession start(Workspace workspace) throws Failure, InterruptedException {
        checkOpen();
        PodmanSession session = PodmanSession.start(settings, storageConf(workspace), workspace, sessions::remove);
        sessions.add(session);
        try {
            checkOpen();
        } catch (StorageFailed e) {
            session.kill();
            throw e;
        }
        return session;
    }

    /// Ends all podmans, also those at work.
    @Override
    public void close() {
        closed = true;
        sessions.forEach(PodmanSession::kill);
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
