package org.opensuse.containersnap.watch;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hears from the kernel, by inotify(7), that entries of directories came, went or were replaced.
///
/// What exactly happened is not told, so nothing is lost when the kernel's queue overflows. A directory need not exist:
/// it is watched from when it does, if the directory that it lies in is watched too. What is mounted over a directory
/// the kernel tells nobody here; it is watched from the next change on.
public final class DirectoryWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DirectoryWatch.class);

    /// What changes a lot, as podman's store does in a pull, is told when it has been quiet for so long.
    private static final Duration QUIET = Duration.ofMillis(100);

    /// But never later than that.
    private static final Duration LATEST = Duration.ofSeconds(1);

    private static final Duration TO_END = Duration.ofSeconds(5);

    private final Optional<WatchService> service;
    private final List<Path> directories;
    private final Map<Path, WatchKey> keys = new HashMap<>();
    private boolean limited;
    private @Nullable Thread thread;

    private DirectoryWatch(Optional<WatchService> service, List<Path> directories) {
        this.service = service;
        this.directories = directories;
    }

    /// Begins to watch. Changes are kept from now on and told after [#begin]. Where the kernel lets this user watch no
    /// more, there is a warning, and nothing is told.
    ///
    /// @param directories each after the one that it lies in
    public static DirectoryWatch of(List<Path> directories) {
        DirectoryWatch watch = new DirectoryWatch(open(directories.getFirst()), List.copyOf(directories));
        watch.service.ifPresent(watch::watchWhatIsThere);
        return watch;
    }

    private static Optional<WatchService> open(Path any) {
        try {
            return Optional.of(any.getFileSystem().newWatchService());
        } catch (IOException e) {
            log.warn("changes by others are noticed only when somebody reads: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /// Tells of changes, on a thread of its own.
    ///
    /// @param changed called after changes; must not throw
    public void begin(Runnable changed) {
        service.ifPresent(
                kernel -> Thread.ofPlatform().name("directory-watch").daemon().start(() -> follow(kernel, changed)));
    }

    /// Ends the watching; what it was just telling has ended, unless that takes long.
    @Override
    public void close() {
        try {
            if (service.isPresent()) {
                service.get().close();
            }
            if (thread != null) {
                thread.join(TO_END);
            }
        } catch (IOException e) {
            log.debug("can't close a watch", e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void follow(WatchService kernel, Runnable changed) {
        try {
            while (true) {
                awaitChange(kernel);
                watchWhatIsThere(kernel);
                changed.run();
            }
        } catch (InterruptedException | ClosedWatchServiceException e) {
            log.debug("not watching any more", e);
        }
    }

    private static void awaitChange(WatchService kernel) throws InterruptedException {
        @Nullable WatchKey key = kernel.take();
        long first = System.nanoTime();
        while (key != null) {
            key.pollEvents();
            key.reset();
            long left = LATEST.toNanos() - (System.nanoTime() - first);
            key = left > 0 ? kernel.poll(Math.min(left, QUIET.toNanos()), TimeUnit.NANOSECONDS) : null;
        }
    }

    /// A directory that was replaced has another key. Before a change is told, so that what comes later is heard.
    private void watchWhatIsThere(WatchService kernel) {
        for (Path directory : directories) {
            Optional<WatchKey> now = watch(kernel, directory);
            WatchKey before = now.isPresent() ? keys.put(directory, now.get()) : keys.remove(directory);
            if (before != null && !keys.containsValue(before)) {
                before.cancel();
            }
        }
    }

    private Optional<WatchKey> watch(WatchService kernel, Path directory) {
        try {
            return Optional.of(directory.register(
                    kernel, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE));
        } catch (NoSuchFileException | NotDirectoryException _) {
            return Optional.empty();
        } catch (IOException e) {
            if (!limited) {
                limited = true;
                log.warn("changes in {} are noticed only when somebody reads: {}", directory, e.getMessage());
            }
            return Optional.empty();
        }
    }
}
