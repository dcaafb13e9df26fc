package org.opensuse.containersnap.podman;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.opensuse.containersnap.podman.PodmanHttp.Head;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A request that runs on a thread of its own, so that the caller's thread can wait for its lines with a time
/// limit and be interrupted at any moment. Lines that the caller does not take are not read.
final class Exchange {
    private static final Logger log = LoggerFactory.getLogger(Exchange.class);
    private static final Duration TO_CLOSE = Duration.ofSeconds(5);
    private static final int LINES_AHEAD = 16;

    private final HttpUriRequestBase request;
    private final BlockingQueue<Event> events = new ArrayBlockingQueue<>(LINES_AHEAD);
    private final Thread thread;
    private volatile boolean cancelled;

    private Exchange(PodmanHttp http, HttpUriRequestBase request) {
        this.request = request;
        this.thread =
                Thread.ofVirtual().name("podman " + request.getRequestUri()).unstarted(() -> run(http));
    }

    /// What happens in an exchange: lines, then one end.
    sealed interface Event {}

    /// A line of the answer.
    record Line(String text) implements Event {}

    /// The answer is complete.
    record Answered(Head head) implements Event {}

    /// The exchange broke.
    record Broken(IOException cause) implements Event {}

    static Exchange start(PodmanHttp http, HttpUriRequestBase request) {
        Exchange exchange = new Exchange(http, request);
        exchange.thread.start();
        return exchange;
    }

    /// The next event; empty when none came in time.
    Optional<Event> next(Duration timeout) throws InterruptedException {
        return Optional.ofNullable(events.poll(timeout.toMillis(), TimeUnit.MILLISECONDS));
    }

    /// Closes the connection, by which podman learns that the answer is not wanted any more.
    ///
    /// Aborting the request closes the connection, or keeps it from being made; the interrupt ends what waits for
    /// anything else.
    void cancel() {
        cancelled = true;
        request.abort();
        thread.interrupt();
        try {
            if (!thread.join(TO_CLOSE)) {
                log.warn("the connection to podman is not closed request={}", request.getRequestUri());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(PodmanHttp http) {
        Event end = new Broken(new IOException("the answer could not be read"));
        try {
            end = new Answered(http.stream(request, line -> events.put(new Line(line))));
        } catch (IOException e) {
            end = new Broken(e);
        } finally {
            // Also when a bug ended it: who waits must hear of the end.
            tell(end);
        }
    }

    private void tell(Event end) {
        if (cancelled) {
            return; // nobody waits
        }
        try {
            events.put(end);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
