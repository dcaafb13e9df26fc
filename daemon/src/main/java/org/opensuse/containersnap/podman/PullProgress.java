package org.opensuse.containersnap.podman;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.opensuse.containersnap.engine.TransferListener.Phase;
import org.opensuse.containersnap.podman.RemoteManifest.Blob;

/// How far a pull is, put together from what podman tells, what the registry's manifest says, and the bytes in
/// podman's scratch space.
///
/// The manifest gives the total at once. Without it the total is what podman told of the blobs that it copies,
/// known as soon as fewer copies run than podman runs at once, so that no further blob waits to be announced.
final class PullProgress {
    private static final int COPIES_AT_ONCE = 6;
    private static final int SHORT_DIGEST = 12;

    private final Map<String, Copy> copies = new HashMap<>();
    private final Set<String> present = new HashSet<>();
    private final Map<String, Long> layers = new HashMap<>();
    private boolean manifestKnown;
    private boolean allAnnounced;
    private boolean ended;
    private long received;
    private long done;
    private long total = -1;

    private static final class Copy {
        private long current;
        private long size = -1;
        private boolean complete;
    }

    /// Takes note of the layers in the manifest.
    ///
    /// @param stored digests of the blobs whose layers the store has
    void expect(List<Blob> manifest, Set<String> stored) {
        manifestKnown = true;
        for (Blob layer : manifest) {
            String blob = shortDigest(layer.digest());
            layers.put(blob, layer.content().bytes());
            if (stored.contains(layer.digest())) {
                present.add(blob);
            }
        }
        recount();
    }

    void take(PullLine line) {
        if (line.event().isEmpty()) {
            return;
        }
        switch (line.event().get()) {
            case PRESENT -> present.add(line.blob());
            case ANNOUNCED -> {
                present.remove(line.blob());
                copies.putIfAbsent(line.blob(), new Copy());
                allAnnounced = false;
            }
            case DOWNLOADING -> downloading(line);
            case COMPLETE -> copies.computeIfAbsent(line.blob(), _ -> new Copy()).complete = true;
        }
        recount();
    }

    /// Takes note of the bytes in podman's scratch space.
    void receive(long bytes) {
        received = Math.max(received, bytes);
        recount();
    }

    /// Takes note that the pull went well.
    void end() {
        ended = true;
        total = Math.max(total, done);
        done = total;
    }

    Phase phase() {
        if (ended) {
            return Phase.STORING;
        }
        if (copies.isEmpty() && present.isEmpty()) {
            return Phase.CONNECTING;
        }
        boolean allHere = total >= 0 ? done >= total : running() == 0;
        return allHere ? Phase.STORING : Phase.DOWNLOADING;
    }

    long bytesDone() {
        return done;
    }

    OptionalLong bytesTotal() {
        return total < 0 ? OptionalLong.empty() : OptionalLong.of(total);
    }

    private void downloading(PullLine line) {
        Copy copy = copies.computeIfAbsent(line.blob(), _ -> new Copy());
        copy.current = Math.max(copy.current, line.current());
        copy.size = Math.max(copy.size, line.total() > 0 ? line.total() : -1);
        allAnnounced = running() < COPIES_AT_ONCE;
    }

    private void recount() {
        if (manifestKnown) {
            total = layers.entrySet().stream()
                    .filter(layer -> !present.contains(layer.getKey()))
                    .mapToLong(Map.Entry::getValue)
                    .sum();
        } else if (allAnnounced && copies.values().stream().allMatch(copy -> copy.complete || copy.size >= 0)) {
            total = Math.max(total, told(copy -> Math.max(copy.size, 0)));
        }
        long here = Math.max(told(copy -> copy.complete ? Math.max(copy.size, copy.current) : copy.current), received);
        done = Math.max(done, total < 0 ? here : Math.min(here, total));
        if (total >= 0) {
            total = Math.max(total, done);
        }
    }

    private long told(ToLongFunction<Copy> bytes) {
        return copies.values().stream().mapToLong(bytes).sum();
    }

    private long running() {
        return copies.values().stream().filter(copy -> !copy.complete).count();
    }

    private static String shortDigest(String digest) {
        String hex = digest.substring(digest.indexOf(':') + 1);
        return hex.substring(0, Math.min(SHORT_DIGEST, hex.length()));
    }
}
