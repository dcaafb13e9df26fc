package org.opensuse.containersnap.podman;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.opensuse.containersnap.podman.Exchange.Answered;
import org.opensuse.containersnap.podman.Exchange.Broken;
import org.opensuse.containersnap.podman.Exchange.Event;
import org.opensuse.containersnap.podman.Exchange.Line;
import org.opensuse.containersnap.podman.PodmanHttp.Head;
import org.opensuse.containersnap.podman.PodmanSettings.Limits;
import org.opensuse.containersnap.podman.RemoteManifest.Blob;
import org.opensuse.containersnap.podman.RemoteManifest.Choice;
import org.opensuse.containersnap.podman.RemoteManifest.Single;
import org.opensuse.containersnap.podman.StoreIndex.StoredImage;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.Failure.PullFailed;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;

/// One pull with one podman.
final class Pull {
    private static final Duration TICK = Duration.ofMillis(250);
    private static final Duration TO_FORECAST = Duration.ofSeconds(30);

    private final ImageReference reference;
    private final PodmanSession podman;
    private final StoreIndex before;
    private final StoreFiles files;
    private final Progress progress;
    private final Space space;
    private final Limits limits;
    private final PullProgress state = new PullProgress();
    private final CompletableFuture<List<Blob>> forecast = new CompletableFuture<>();
    private boolean forecastTaken;
    private @Nullable String error;
    private String lastBlob = "";

    Pull(
            ImageReference reference,
            PodmanSession podman,
            StoreIndex before,
            StoreFiles files,
            Progress progress,
            Space space,
            Limits limits) {
        this.reference = reference;
        this.podman = podman;
        this.before = before;
        this.files = files;
        this.progress = progress;
        this.space = space;
        this.limits = limits;
    }

    /// Runs it.
    ///
    /// An interrupt that comes when podman is done comes too late: the image is there, so it is returned, and the
    /// thread stays interrupted.
    ///
    /// @throws NoSpace before a layer is asked for, when the manifest says that there is no room for them
    ImageId run() throws Failure, InterruptedException {
        Thread.ofVirtual().name("forecast").start(this::forecast);
        awaitForecast();
        Exchange exchange = Exchange.start(
                podman.http(),
                PodmanHttp.docker("POST", "/images/create?fromImage=" + PodmanHttp.encoded(reference.name())));
        boolean ended = false;
        try {
            follow(exchange);
            ended = true;
        } catch (InterruptedException e) {
            exchange.cancel();
            podman.breakOff();
            Optional<ImageId> pulled = pulledAnyway();
            if (pulled.isEmpty()) {
                throw e;
            }
            Thread.currentThread().interrupt();
            return pulled.get();
        } finally {
            if (!ended) {
                exchange.cancel();
            }
        }
        state.end();
        tell();
        return pulled().orElseThrow(() -> podman.nonsense(doing(), "an image that is not there: " + lastBlob, null));
    }

    private String doing() {
        return "pull " + reference;
    }

    /// Waits for the forecast, but not for one that does not come: podman asks the same registry for the same,
    /// and has better words for what is wrong with it.
    private void awaitForecast() throws Failure, InterruptedException {
        try {
            forecast.get(limits.toForecast().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException _) {
            return;
        }
        takeForecast();
    }

    private void takeForecast() throws Failure, InterruptedException {
        if (forecastTaken || !forecast.isDone()) {
            return;
        }
        forecastTaken = true;
        List<Blob> blobs = forecast.join();
        if (blobs.isEmpty()) {
            return;
        }
        Set<String> stored = before.layerDigests();
        state.expect(blobs, stored);
        Map<String, Content> missing = new HashMap<>();
        for (Blob blob : blobs) {
            if (!stored.contains(blob.digest())) {
                missing.put(blob.digest(), blob.content());
            }
        }
        // podman keeps the compressed layers until all are unpacked.
        space.require(compressing -> missing.values().stream()
                .mapToLong(layer -> layer.asItIs(compressing) + layer.unpacked(compressing))
                .sum());
    }

    private void follow(Exchange exchange) throws Failure, InterruptedException {
        Watch watch = podman.watch(doing());
        while (true) {
            takeForecast();
            tell();
            watch.look();
            Optional<Event> event = exchange.next(TICK);
            if (event.isEmpty()) {
                continue;
            }
            switch (event.get()) {
                case Line(String text) -> {
                    watch.stir();
                    take(text);
                }
                case Answered(Head head) -> {
                    check(head);
                    return;
                }
                case Broken(IOException cause) -> {
                    Failure failure = podman.broken(doing(), cause);
                    throw failure instanceof NoSpace ? space.exhausted(cause) : failure;
                }
            }
        }
    }

    private void take(String text) throws Failure {
        try {
            PullLine line = PullLine.parse(text);
            line.error().ifPresent(words -> error = words);
            state.take(line);
            if (!line.blob().isEmpty()) {
                lastBlob = line.blob();
            }
        } catch (IOException e) {
            throw podman.nonsense(doing(), text, e);
        }
    }

    private void check(Head head) throws Failure {
        String words = error;
        if (words == null && head.refused()) {
            throw podman.nonsense(doing(), "HTTP status " + head.status() + " and nothing else", null);
        }
        if (words == null) {
            return;
        }
        if (Complaint.noSpace(words)) {
            throw space.exhausted(null);
        }
        throw new PullFailed(reference, Complaint.ofPull(words));
    }

    private void tell() throws Failure, InterruptedException {
        state.receive(podman.receivedBytes());
        progress.tell(state.phase(), state.bytesDone(), state.bytesTotal());
    }

    /// podman's last line has the beginning of the ID.
    private Optional<ImageId> pulled() throws Failure {
        StoreIndex now = files.index();
        Optional<StoredImage> named = now.findNamed(reference.name()).filter(this::isLast);
        return named.or(() -> now.images().stream().filter(this::isLast).findFirst())
                .map(StoredImage::id);
    }

    private Optional<ImageId> pulledAnyway() throws Failure {
        Optional<StoredImage> named = files.index().findNamed(reference.name());
        boolean was = named.equals(before.findNamed(reference.name()));
        return was ? Optional.empty() : named.filter(StoredImage::whole).map(StoredImage::id);
    }

    private boolean isLast(StoredImage image) {
        return !lastBlob.isEmpty() && image.id().hex().startsWith(lastBlob);
    }

    private void forecast() {
        List<Blob> layers = List.of();
        try {
            layers = forecast(reference.name(), true);
        } catch (Failure _) {
            return; // the pull meets it too
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            forecast.complete(layers);
        }
    }

    private List<Blob> forecast(String name, boolean mayChoose) throws Failure, InterruptedException {
        String path = "/manifests/" + PodmanHttp.encoded(name) + "/json";
        return switch (RemoteManifest.parse(podman.ask(PodmanHttp.libpod("GET", path), TO_FORECAST))) {
            case Single single -> single.layers();
            case Choice choice -> {
                Optional<String> digest = choice.digestFor(RemoteManifest.architecture(System.getProperty("os.arch")));
                yield mayChoose && digest.isPresent()
                        ? forecast(reference.repository() + "@" + digest.get(), false)
                        : List.of();
            }
            case RemoteManifest.Unknown() -> List.of();
        };
    }
}
