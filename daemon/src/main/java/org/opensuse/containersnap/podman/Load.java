package org.opensuse.containersnap.podman;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.opensuse.containersnap.engine.Archives.OpenArchive;
import org.opensuse.containersnap.engine.TransferListener.Phase;
import org.opensuse.containersnap.podman.Exchange.Answered;
import org.opensuse.containersnap.podman.Exchange.Broken;
import org.opensuse.containersnap.podman.Exchange.Event;
import org.opensuse.containersnap.podman.Exchange.Line;
import org.opensuse.containersnap.podman.PodmanHttp.Head;
import org.opensuse.containersnap.podman.StoreIndex.StoredImage;
import org.opensuse.containersnap.snapshot.ArchiveSource;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.LoadFailed;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.Failure.NoSuchFile;
import org.opensuse.containersnap.snapshot.ImageId;

/// One load of an archive with one podman.
final class Load {
    private static final Duration TICK = Duration.ofMillis(250);
    private static final int LONGEST_ANSWER = 1 << 20;

    private final OpenArchive archive;
    private final ArchiveSource source;
    private final StoreFiles files;
    private final Progress progress;
    private final Space space;
    private final AtomicLong sent = new AtomicLong();

    Load(OpenArchive archive, StoreFiles files, Progress progress, Space space) {
        this.space = space;
        this.archive = archive;
        this.source = archive.source();
        this.files = files;
        this.progress = progress;
    }

    /// Runs it.
    ///
    /// @throws NoSpace before anything is written, when the archive's list of files says that there is no room
    List<ImageId> run(PodmanSession podman, StoreIndex before) throws Failure, InterruptedException {
        HttpUriRequestBase request = PodmanHttp.libpod("POST", "/images/load");
        request.setEntity(
                new InputStreamEntity(new Counted(content(before), sent), archive.sizeBytes(), PodmanHttp.TAR));
        tell(archive.sizeBytes());
        Exchange exchange = Exchange.start(podman.http(), request);
        boolean ended = false;
        try {
            String answer = follow(exchange, podman, archive.sizeBytes());
            ended = true;
            return ids(podman, answer);
        } finally {
            if (!ended) {
                exchange.cancel();
            }
        }
    }

    private String doing() {
        return "load " + source;
    }

    private InputStream content(StoreIndex before) throws Failure, InterruptedException {
        try {
            ArchiveContents contents = ArchiveContents.read(archive.file(), archive.sizeBytes());
            space.require(compressing -> contents.bytesToLoad(before, compressing));
            return archive.content();
        } catch (IOException e) {
            throw new NoSuchFile(source.file(), String.valueOf(e.getMessage()));
        }
    }

    private String follow(Exchange exchange, PodmanSession podman, long size) throws Failure, InterruptedException {
        StringBuilder answer = new StringBuilder();
        Watch watch = podman.watch(doing());
        while (true) {
            tell(size);
            watch.look();
            Optional<Event> event = exchange.next(TICK);
            if (event.isEmpty()) {
                continue;
            }
            switch (event.get()) {
                case Line(String text) -> {
                    watch.stir();
                    if (answer.length() + text.length() > LONGEST_ANSWER) {
                        throw podman.nonsense(doing(), "more than " + LONGEST_ANSWER + " characters", null);
                    }
                    answer.append(text);
                }
                case Answered(Head head) -> {
                    check(podman, head, answer.toString());
                    progress.tell(Phase.STORING, size, OptionalLong.of(size));
                    return answer.toString();
                }
                case Broken(IOException cause) -> throw broken(podman, cause, size);
            }
        }
    }

    private void tell(long size) throws Failure, InterruptedException {
        long bytes = Math.min(sent.get(), size);
        progress.tell(bytes < size ? Phase.LOADING : Phase.STORING, bytes, OptionalLong.of(size));
    }

    private void check(PodmanSession podman, Head head, String answer) throws Failure {
        if (!head.refused()) {
            return;
        }
        Optional<String> words = Complaint.find(answer);
        if (words.isEmpty()) {
            throw podman.nonsense(doing(), "HTTP status " + head.status() + " and '" + answer + "'", null);
        }
        if (Complaint.noSpace(words.get())) {
            throw space.exhausted(null);
        }
        throw new LoadFailed(source, Complaint.ofLoad(words.get()));
    }

    /// podman hangs up when it can't write its copy of the archive, so its words don't come.
    private Failure broken(PodmanSession podman, IOException cause, long size) throws Failure, InterruptedException {
        if (cause instanceof Counted.ReadFailed) {
            return new NoSuchFile(source.file(), String.valueOf(cause.getMessage()));
        }
        boolean full = sent.get() < size && podman.freeBytes() < size;
        Failure failure = full ? space.exhausted(cause) : podman.broken(doing(), cause);
        return failure instanceof NoSpace ? space.exhausted(cause) : failure;
    }

    private List<ImageId> ids(PodmanSession podman, String answer) throws Failure {
        List<ImageId> ids = new ArrayList<>();
        try {
            StoreIndex index = files.index();
            for (String name : LoadedNames.parse(answer)) {
                Optional<ImageId> id = LoadedNames.id(name)
                        .filter(each -> index.find(each).isPresent())
                        .or(() -> index.findNamed(name).map(StoredImage::id));
                ids.add(id.orElseThrow(() -> podman.nonsense(doing(), "an image that is not there: " + name, null)));
            }
        } catch (IOException e) {
            throw podman.nonsense(doing(), answer, e);
        }
        if (ids.isEmpty()) {
            throw podman.nonsense(doing(), "no image", null);
        }
        return ids.stream().distinct().toList();
    }

    /// Counts the bytes that were read, and tells a failed read from a failed write.
    private static final class Counted extends FilterInputStream {
        private final AtomicLong count;

        private Counted(InputStream in, AtomicLong count) {
            super(in);
            this.count = count;
        }

        @SuppressWarnings("serial") // never serialized
        private static final class ReadFailed extends IOException {
            private ReadFailed(IOException cause) {
                super(cause.getMessage(), cause);
            }
        }

        /// The archive is closed by who opened it: it may be read again.
        @Override
        public void close() {}

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            try {
                int read = super.read(bytes, offset, length);
                if (read > 0) {
                    count.addAndGet(read);
                }
                return read;
            } catch (IOException e) {
                throw new ReadFailed(e);
            }
        }
    }
}
