package org.opensuse.containersnap.podman;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.opensuse.containersnap.podman.Exchange.Answered;
import org.opensuse.containersnap.podman.Exchange.Broken;
import org.opensuse.containersnap.podman.Exchange.Event;
import org.opensuse.containersnap.podman.Exchange.Line;
import org.opensuse.containersnap.podman.RemoteManifest.Blob;
import org.opensuse.containersnap.podman.RemoteManifest.Choice;
import org.opensuse.containersnap.podman.RemoteManifest.Single;
import org.opensuse.containersnap.podman.StoreIndex.StoredImage;
import org.opensuse.containersnap.podman.StoreIndex.StoredLayer;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.Failure.PullFailed;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;

/// One pull with one podman.
final class Pull {
    private static final Duration TICK = Duration.ofMillis(250);
    private static final Timeout TO_FORECAST = Timeout.ofSeconds(30);

    private final ImageReference reference;
    private final PodmanSession podman;
    private final StoreIndex before;
    private final StoreFiles files;
    private final Progress progress;
    private final PullProgress state = new PullProgress();
    private final CompletableFuture<List<Blob>> forecast = new CompletableFuture<>();
    private boolean forecastTaken;
    private @Nullable String error;
    private String lastBlob = "";

    Pull(ImageReference reference, PodmanSession podman, StoreIndex before, StoreFiles files, Progress progress) {
        this.reference = reference;
        this.podman = podman;
        this.before = before;
        this.files = files;
        this.progress = progress;
    }

    /// Runs it.
    ///
    /// An interrupt that comes when podman is done comes too late: the image is there, so it is returned, and the
    /// thread stays interrupted.
    ImageId run() throws Failure, InterruptedException {
        Thread.ofVirtual().name("forecast").start(this::forecast);
        Exchange exchange = Exchange.start(
                podman.http(),
                PodmanHttp.docker("POST", "/images/create?fromImage=" + PodmanHttp.encoded(reference.name())));
        try {
            follow(exchange);
        } catch (InterruptedException e) {
            exchange.cancel();
            podman.breakOff();
            Optional<ImageId> pulled = pulledAnyway();
            if (pulled.isEmpty()) {
                throw e;
            }
            Thread.currentThread().interrupt();
            return pulled.get();
        }
        state.end();
        tell();
        return pulled().orElseThrow(
                        () -> new StorageFailed("podman pulled " + reference + ", but it is not there", null));
    }

    private void follow(Exchange exchange) throws Failure, InterruptedException {
        while (true) {
            tell();
            Optional<Event> event = exchange.next(TICK);
            if (event.isEmpty()) {
                continue;
            }
            switch (event.get()) {
                case Line(String text) -> take(text);
                case Answered(int status) -> {
                    check(status);
                    return;
                }
                case Broken(IOException cause) -> throw podman.broken("pull " + reference, cause);
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
            throw new StorageFailed("podman answered with " + Complaint.plain(text), e);
        }
    }

    private void check(int status) throws Failure {
        String words = error;
        if (words == null && PodmanHttp.refused(status)) {
            words = "podman answered with HTTP status " + status;
        }
        if (words == null) {
            return;
        }
        if (Complaint.noSpace(words)) {
            throw new NoSpace("pull " + reference, null);
        }
        throw new PullFailed(reference, Complaint.ofPull(words));
    }

    private void tell() throws Failure, InterruptedException {
        if (!forecastTaken && forecast.isDone()) {
            forecastTaken = true;
            Set<String> stored = before.layers().values().stream()
                    .map(StoredLayer::compressedDigest)
                    .collect(Collectors.toSet());
            List<Blob> blobs = forecast.join();
            if (!blobs.isEmpty()) {
                state.expect(blobs, stored);
            }
        }
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
        try {
            forecast.complete(forecast(reference.name(), true));
        } catch (IOException _) {
            forecast.complete(List.of());
        }
    }

    private List<Blob> forecast(String name, boolean mayChoose) throws IOException {
        String path = "/manifests/" + PodmanHttp.encoded(name) + "/json";
        return switch (RemoteManifest.parse(
                podman.http().call(PodmanHttp.libpod("GET", path), TO_FORECAST).body())) {
            case Single(List<Blob> layers) -> layers;
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
