package org.opensuse.containersnap.client.lab;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A registry in front of another one that hands out of each blob only so many bytes as it was told to, so that a pull
/// stands still where a test wants it, for as long as the test wants it.
///
/// It answers one request a connection, and hangs up on whoever begins with something else, such as TLS.
public final class SlowRegistry implements AutoCloseable {
    private static final Pattern REQUEST = Pattern.compile("(GET|HEAD) (/\\S*) HTTP/1\\.1");
    private static final Pattern HEADER = Pattern.compile("(?i)(Accept|Range): *(.*)");
    private static final List<String> PASSED_BACK = List.of(
            "Content-Length",
            "Content-Range",
            "Content-Type",
            "Docker-Content-Digest",
            "Docker-Distribution-Api-Version");
    private static final Pattern RANGE = Pattern.compile("bytes (\\d+)-.*");
    private static final int CHUNK_BYTES = 16 * 1024;
    private static final Duration FOREVER = Duration.ZERO;

    private final String origin;
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final HttpClient client = HttpClient.newHttpClient();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private long limit; // guarded by this
    private boolean cut; // guarded by this
    private boolean standing; // guarded by this
    private Duration patience = FOREVER; // guarded by this

    private SlowRegistry(String origin, long limit) throws IOException {
        this.origin = origin;
        this.limit = limit;
    }

    /// Starts one in front of a registry.
    ///
    /// @param limit bytes that it hands out of each blob until it is told more
    public static SlowRegistry before(String registry, long limit) throws IOException {
        SlowRegistry slow = new SlowRegistry(registry, limit);
        slow.threads.execute(slow::accept);
        return slow;
    }

    /// A reference to an image of the registry behind it.
    public String image(String name) {
        return "127.0.0.1:" + server.getLocalPort() + "/" + name;
    }

    /// Waits until somebody waits for more of a blob.
    public synchronized void awaitStandstill() throws InterruptedException {
        while (!standing) {
            wait();
        }
    }

    /// Hands out of each blob so many bytes from now on, counted from its beginning.
    public synchronized void handOut(long bytes) {
        limit = bytes;
        standing = false;
        notifyAll();
    }

    /// Hands out everything from now on.
    public void handOutAll() {
        handOut(Long.MAX_VALUE);
    }

    /// Hands out the rest of each blob when somebody has waited so long for it.
    public synchronized void goOnAfter(Duration wait) {
        patience = wait;
    }

    /// Breaks each connection off where the limit is.
    public synchronized void cut() {
        cut = true;
        notifyAll();
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
        threads.shutdownNow();
        client.shutdownNow();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket connection = server.accept();
                threads.execute(() -> serve(connection));
            } catch (IOException e) {
                if (!server.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            InputStream in = new BufferedInputStream(connection.getInputStream());
            in.mark(1);
            if (Character.isUpperCase(in.read())) {
                in.reset();
                answer(in, connection.getOutputStream());
            }
        } catch (IOException e) {
            // Whoever asked has gone.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void answer(InputStream in, OutputStream out) throws IOException, InterruptedException {
        String line = line(in);
        Matcher asked = REQUEST.matcher(line);
        if (!asked.matches()) {
            throw new IOException("no request: " + line);
        }
        String path = asked.group(2);
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + origin + path))
                .method(asked.group(1), BodyPublishers.noBody());
        for (line = line(in); !line.isEmpty(); line = line(in)) {
            Matcher header = HEADER.matcher(line);
            if (header.matches()) {
                request.header(header.group(1), header.group(2));
            }
        }
        HttpResponse<InputStream> response = client.send(request.build(), BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            out.write(head(response).getBytes(StandardCharsets.ISO_8859_1));
            copy(body, out, start(response), path.contains("/blobs/"));
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the request ended in: " + line);
            }
            line.append((char) c);
        }
        return line.toString().stripTrailing();
    }

    private static String head(HttpResponse<InputStream> response) {
        StringBuilder head = new StringBuilder("HTTP/1.1 " + response.statusCode() + " \r\nConnection: close\r\n");
        for (String header : PASSED_BACK) {
            response.headers()
                    .allValues(header)
                    .forEach(value ->
                            head.append(header).append(": ").append(value).append("\r\n"));
        }
        return head.append("\r\n").toString();
    }

    /// How many bytes of the blob come before those of the response.
    private static long start(HttpResponse<InputStream> response) {
        Matcher range =
                RANGE.matcher(response.headers().firstValue("Content-Range").orElse(""));
        return range.matches() ? Long.parseLong(range.group(1)) : 0;
    }

    private void copy(InputStream from, OutputStream to, long start, boolean limited)
            throws IOException, InterruptedException {
        boolean slow = limited;
        long position = start;
        byte[] chunk = new byte[CHUNK_BYTES];
        int count = from.read(chunk);
        while (count >= 0) {
            int written = 0;
            while (written < count) {
                int allowed = slow ? allowed(position, count - written) : count - written;
                if (allowed == 0) {
                    return;
                }
                slow &= position + allowed <= limit();
                to.write(chunk, written, allowed);
                written += allowed;
                position += allowed;
            }
            count = from.read(chunk);
        }
    }

    /// How many of the wanted bytes may go out, after the wait for it; 0 when the connection is to be broken off.
    private synchronized int allowed(long position, int wanted) throws InterruptedException {
        while (position >= limit && !cut) {
            standing = true;
            notifyAll();
            wait(patience.toMillis());
            if (!patience.equals(FOREVER)) {
                return wanted;
            }
        }
        return Math.clamp(limit - position, 0, wanted);
    }

    private synchronized long limit() {
        return limit;
    }
}
