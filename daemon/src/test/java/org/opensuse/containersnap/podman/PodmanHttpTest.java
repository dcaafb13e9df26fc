package org.opensuse.containersnap.podman;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensuse.containersnap.podman.Exchange.Broken;
import org.opensuse.containersnap.podman.Exchange.Line;

class PodmanHttpTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final String WHOLE = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String UNFINISHED = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nline\n";

    @TempDir
    private Path directory;

    private final ServerSocketChannel server;
    private final Queue<SocketChannel> accepted = new ConcurrentLinkedQueue<>();
    private static final int ROUNDS = 30;
    private volatile String answer = WHOLE;

    PodmanHttpTest() throws IOException {
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    }

    @BeforeEach
    void serve() throws IOException {
        server.bind(UnixDomainSocketAddress.of(socket()));
        Thread.ofPlatform().daemon().start(() -> {
            try {
                while (true) {
                    SocketChannel connection = server.accept();
                    accepted.add(connection);
                    Thread.ofPlatform().daemon().start(() -> answerAll(connection));
                }
            } catch (IOException e) {
                // the end of the test
            }
        });
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        for (SocketChannel connection : accepted) {
            connection.close();
        }
    }

    @Test
    void connectionsLeaveNoFileDescriptor() throws Exception {
        useAll();
        int before = files();
        for (int i = 0; i < ROUNDS; i++) {
            useAll();
        }
        // Other tests of this process open and close files of their own.
        assertThat(files() - before).isLessThan(ROUNDS);
    }

    @Test
    void aConnectionIsUsedAgain() throws IOException {
        try (PodmanHttp http = new PodmanHttp(socket())) {
            assertThat(call(http)).isEqualTo(200);
            assertThat(call(http)).isEqualTo(200);
        }
        assertThat(accepted).hasSize(1);
    }

    /// As HttpClient does it with a connection that was not used for a while.
    @Test
    void aReadWaitsOnlySoLongAndTheConnectionStays() throws IOException {
        try (UnixSocket connection = UnixSocket.connect(socket())) {
            connection.setSoTimeout(1);
            assertThatThrownBy(() -> connection.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            connection.setSoTimeout(0);
            connection.getOutputStream().write('?');
            assertThat(connection.getInputStream().read()).isEqualTo(WHOLE.charAt(0));
        }
    }

    @Test
    void closingEndsAnAnswerThatComes() throws InterruptedException {
        answer = UNFINISHED;
        Exchange exchange;
        try (PodmanHttp http = new PodmanHttp(socket())) {
            exchange = Exchange.start(http, PodmanHttp.ping());
            assertThat(exchange.next(SOON)).contains(new Line("line"));
        }
        assertThat(exchange.next(SOON).orElseThrow()).isInstanceOf(Broken.class);
    }

    @Test
    void anInterruptEndsACall() throws InterruptedException {
        answer = "";
        CountDownLatch interrupted = new CountDownLatch(1);
        try (PodmanHttp http = new PodmanHttp(socket())) {
            Thread caller = Thread.ofPlatform().start(() -> {
                try {
                    call(http);
                } catch (IOException e) {
                    interrupted.countDown();
                }
            });
            caller.interrupt();
            assertThat(caller.join(SOON)).isTrue();
            assertThat(interrupted.getCount()).isZero();
        }
    }

    private Path socket() {
        return directory.resolve("socket");
    }

    private static int call(PodmanHttp http) throws IOException {
        return http.stream(PodmanHttp.ping(), _ -> {}).status();
    }

    /// A call, and an answer that is cancelled in its middle.
    private void useAll() throws Exception {
        try (PodmanHttp http = new PodmanHttp(socket())) {
            answer = WHOLE;
            call(http);
            answer = UNFINISHED;
            Exchange exchange = Exchange.start(http, PodmanHttp.ping());
            assertThat(exchange.next(SOON)).contains(new Line("line"));
            exchange.cancel();
        }
        for (SocketChannel connection : accepted) {
            connection.close();
        }
        accepted.clear();
    }

    private void answerAll(SocketChannel connection) {
        try {
            ByteBuffer request = ByteBuffer.allocate(4096);
            while (connection.read(request.clear()) > 0) {
                connection.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.US_ASCII)));
            }
        } catch (IOException e) {
            // the client is gone
        }
    }

    /// This process's, by what they are.
    private static int files() {
        return Objects.requireNonNull(new File("/proc/self/fd").list()).length;
    }
}
