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
import org.opensuse.containersnap.podman.StoreIndex.StoredImage;
import org.opensuse.containersnap.snapshot.ArchiveSource;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.LoadFailed;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.Failure.NoSuchFile;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.ImageId;

/// One load of an archive with one podman.
final class Load {
    private static final Duration TICK = Duration.ofMillis(250);

    private final OpenArchive archive;
    private final ArchiveSource source;
    private final StoreFiles files;
    private final Progress progress;
    private final AtomicLong sent = new AtomicLong();

    Load(OpenArchive archive, StoreFiles files, Progress progress) {
        this.archive = archive;
        this.source = archive.source();
        this.files = files;
        this.progress = progress;
    }

    List<ImageId> run(PodmanSession podman) throws Failure, InterruptedException {
        HttpUriRequestBase request = PodmanHttp.libpod("POST", "/images/load");
        request.setEntity(
                new InputStreamEntity(new Counted(archive.content(), sent), archive.sizeBytes(), PodmanHttp.TAR));
        Exchange exchange = Exchange.start(podman.http(), request);
        boolean ended = false;
        try {
            String answer = follow(exchange, podman, archive.sizeBytes());
            ended = true;
            return ids(answer);
        } finally {
            if (!ended) {
                exchange.cancel();
            }
        }
    }

    private String follow(Exchange exchange, PodmanSession podman, long size) throws Failure, InterruptedException {
        StringBuilder answer = new StringBuilder();
        while (true) {
            tell(size);
            Optional<Event> event = exchange.next(TICK);
            if (event.isEmpty()) {
                continue;
            }
            switch (event.get()) {
                case Line(String text) -> answer.append(text);
                case Answered(int status) -> {
                    check(status, answer.toString());
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

    private void check(int status, String answer) throws Failure {
        if (!PodmanHttp.refused(status)) {
            return;
        }
        String words = Complaint.of(answer);
        if (Complaint.noSpace(words)) {
            throw new NoSpace("load " + source, null);
        }
        throw new LoadFailed(source, Complaint.ofLoad(words));
    }

    /// podman hangs up when it can't write its copy of the archive, so its words don't come.
    private Failure broken(PodmanSession podman, IOException cause, long size) throws Failure, InterruptedException {
        if (cause instanceof Counted.ReadFailed) {
            return new NoSuchFile(source.file(), String.valueOf(cause.getMessage()));
        }
        if (sent.get() < size && podman.freeBytes() < size) {
            return new NoSpace("load " + source, cause);
        }
        return podman.broken("load " + source, cause);
    }

    private List<ImageId> ids(String answer) throws Failure {
        List<ImageId> ids = new ArrayList<>();
        try {
            StoreIndex index = files.index();
            for (String name : LoadedNames.parse(answer)) {
                Optional<ImageId> id =
                        LoadedNames.id(name).or(() -> index.findNamed(name).map(StoredImage::id));
                ids.add(id.orElseThrow(
                        () -> new StorageFailed("podman loaded " + name + ", but it is not there", null)));
            }
        } catch (IOException e) {
            throw new StorageFailed("can't read podman's answer: " + e.getMessage(), e);
        }
        if (ids.isEmpty()) {
            throw new LoadFailed(source, "it holds no image");
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
