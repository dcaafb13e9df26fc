package org.opensuse.containersnap.process;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.opensuse.containersnap.kernel.MountCalls;
import org.opensuse.containersnap.kernel.SystemError;

/// Mounts that only one process and its descendants see, and that go with them.
///
/// A thread of Linux may have a mount namespace of its own (unshare(2)), and hands it on to what it starts.
/// So the process is started by a thread of its own, which stays as long as the process: to the kernel it
/// is the parent, whose end is told to a process that asked for that (PR_SET_PDEATHSIG).
final class PrivateMounts {
    private PrivateMounts() {}

    /// Starts a process that sees what is arranged for it. An interrupt does not shorten this and is kept.
    static Process start(ProcessBuilder builder, Setup setup) throws IOException {
        CompletableFuture<Process> started = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("mounts").start(() -> run(builder, setup, started));
        try {
            return started.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException failed) {
                throw failed;
            }
            throw e;
        }
    }

    private static void run(ProcessBuilder builder, Setup setup, CompletableFuture<Process> started) {
        try {
            new MountCalls().leave();
            setup.arrange();
            Process process = builder.start();
            started.complete(process);
            process.onExit().join();
        } catch (SystemError e) {
            started.completeExceptionally(new IOException(e.getMessage(), e));
        } catch (IOException | RuntimeException | Error e) {
            started.completeExceptionally(e);
        }
    }
}
